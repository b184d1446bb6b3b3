import type { NativeFunction } from "./background.ts";
import { openLibrary, type Pointer } from "./native.ts";

/** An out-parameter: the function fills its one element. */
export type Out<T> = [T];
export const outPointer = (): Out<Pointer> => [null];

/**
 * The functions of libkrb5 that are used here, named as in krb5.h. A number that they return is a
 * krb5_error_code, 0 for success. Those that may wait, for a KDC, for DNS or for a ccache's server, have `async`.
 */
interface Krb5Library {
  initContext(context: Out<Pointer>): number;
  freeContext(context: Pointer): void;
  getErrorMessage(context: Pointer, code: number): Pointer;
  freeErrorMessage(context: Pointer, message: Pointer): void;
  getTimeOffsets(context: Pointer, seconds: Out<number>, microseconds: Out<number>): number;

  ktResolve(context: Pointer, name: string, keytab: Out<Pointer>): number;
  ktDefault(context: Pointer, keytab: Out<Pointer>): number;
  ktGetName(context: Pointer, keytab: Pointer, name: Uint8Array, length: number): number;
  ktClose(context: Pointer, keytab: Pointer): number;

  parseName(context: Pointer, name: string, principal: Out<Pointer>): number;
  snameToPrincipal: NativeFunction<
    [context: Pointer, host: string | null, service: string, type: number, principal: Out<Pointer>],
    number
  >;
  unparseName(context: Pointer, principal: Pointer, name: Out<Pointer>): number;
  freeUnparsedName(context: Pointer, name: Pointer): void;
  freePrincipal(context: Pointer, principal: Pointer): void;

  optAlloc(context: Pointer, options: Out<Pointer>): number;
  optSetForwardable(options: Pointer, isForwardable: number): void;
  optFree(context: Pointer, options: Pointer): void;
  getInitCredsKeytab: NativeFunction<
    [
      context: Pointer,
      credentials: Pointer,
      principal: Pointer,
      keytab: Pointer,
      startTime: number,
      service: string | null,
      options: Pointer,
    ],
    number
  >;
  getCredentials: NativeFunction<
    [context: Pointer, options: number, ccache: Pointer, wanted: Pointer, credentials: Out<Pointer>],
    number
  >;
  freeCreds(context: Pointer, credentials: Pointer): void;
  freeCredContents(context: Pointer, credentials: Pointer): void;

  ccResolve(context: Pointer, name: string, ccache: Out<Pointer>): number;
  ccDefault: NativeFunction<[context: Pointer, ccache: Out<Pointer>], number>;
  ccInitialize(context: Pointer, ccache: Pointer, principal: Pointer): number;
  ccStoreCred(context: Pointer, ccache: Pointer, credentials: Pointer): number;
  ccGetPrincipal: NativeFunction<[context: Pointer, ccache: Pointer, principal: Out<Pointer>], number>;
  ccRetrieveCred: NativeFunction<
    [context: Pointer, ccache: Pointer, flags: number, wanted: Pointer, credentials: Pointer],
    number
  >;
  ccClose(context: Pointer, ccache: Pointer): number;
  ccDestroy(context: Pointer, ccache: Pointer): number;
}

let library: Krb5Library | undefined;

/** libkrb5, opened on first use. @throws {HelperFailure} `unconfigured` when it is not installed */
export function krb5(): Krb5Library {
  library ??= bind();
  return library;
}

function bind(): Krb5Library {
  const lib = openLibrary("libkrb5.so.3", "libkrb5-3 (Debian, Ubuntu) or krb5-libs (Fedora, RHEL)");
  return {
    initContext: lib.func("int krb5_init_context(_Out_ void **)"),
    freeContext: lib.func("void krb5_free_context(void *)"),
    getErrorMessage: lib.func("void *krb5_get_error_message(void *, int)"),
    freeErrorMessage: lib.func("void krb5_free_error_message(void *, void *)"),
    getTimeOffsets: lib.func("int krb5_get_time_offsets(void *, _Out_ int32_t *, _Out_ int32_t *)"),

    ktResolve: lib.func("int krb5_kt_resolve(void *, const char *, _Out_ void **)"),
    ktDefault: lib.func("int krb5_kt_default(void *, _Out_ void **)"),
    ktGetName: lib.func("int krb5_kt_get_name(void *, void *, _Out_ uint8_t *, unsigned int)"),
    ktClose: lib.func("int krb5_kt_close(void *, void *)"),

    parseName: lib.func("int krb5_parse_name(void *, const char *, _Out_ void **)"),
    snameToPrincipal: lib.func(
      "int krb5_sname_to_principal(void *, const char *, const char *, int, _Out_ void **)",
    ),
    unparseName: lib.func("int krb5_unparse_name(void *, void *, _Out_ void **)"),
    freeUnparsedName: lib.func("void krb5_free_unparsed_name(void *, void *)"),
    freePrincipal: lib.func("void krb5_free_principal(void *, void *)"),

    optAlloc: lib.func("int krb5_get_init_creds_opt_alloc(void *, _Out_ void **)"),
    optSetForwardable: lib.func("void krb5_get_init_creds_opt_set_forwardable(void *, int)"),
    optFree: lib.func("void krb5_get_init_creds_opt_free(void *, void *)"),
    getInitCredsKeytab: lib.func(
      "int krb5_get_init_creds_keytab(void *, void *, void *, void *, int, const char *, void *)",
    ),
    getCredentials: lib.func("int krb5_get_credentials(void *, uint32_t, void *, void *, _Out_ void **)"),
    freeCreds: lib.func("void krb5_free_creds(void *, void *)"),
    freeCredContents: lib.func("void krb5_free_cred_contents(void *, void *)"),

    ccResolve: lib.func("int krb5_cc_resolve(void *, const char *, _Out_ void **)"),
    ccDefault: lib.func("int krb5_cc_default(void *, _Out_ void **)"),
    ccInitialize: lib.func("int krb5_cc_initialize(void *, void *, void *)"),
    ccStoreCred: lib.func("int krb5_cc_store_cred(void *, void *, void *)"),
    ccGetPrincipal: lib.func("int krb5_cc_get_principal(void *, void *, _Out_ void **)"),
    ccRetrieveCred: lib.func("int krb5_cc_retrieve_cred(void *, void *, uint32_t, void *, void *)"),
    ccClose: lib.func("int krb5_cc_close(void *, void *)"),
    ccDestroy: lib.func("int krb5_cc_destroy(void *, void *)"),
  };
}
