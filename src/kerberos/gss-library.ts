import type { NativeFunction } from "./background.ts";
import type { Out } from "./krb5-library.ts";
import { type Ffi, ffi, openLibrary, type Pointer } from "./native.ts";

/** gss_buffer_desc of gssapi.h. */
export interface GssBuffer {
  length?: number;
  value?: Pointer;
}

/** Functions of libgssapi, named as in RFC 2744; the number that each returns is its major status. */
interface GssLibrary {
  importName(minor: Out<number>, name: GssBuffer, type: Pointer, result: Out<Pointer>): number;
  releaseName(minor: Out<number>, name: Out<Pointer>): number;
  acquireCredFrom(
    minor: Out<number>,
    name: Pointer,
    lifetime: number,
    mechanisms: Pointer,
    usage: number,
    store: { count: number; elements: Pointer },
    result: Out<Pointer>,
    actualMechanisms: Pointer,
    actualLifetime: Pointer,
  ): number;
  releaseCred(minor: Out<number>, credential: Out<Pointer>): number;
  initSecContext: NativeFunction<
    [
      minor: Out<number>,
      credential: Pointer,
      context: Out<Pointer>,
      target: Pointer,
      mechanism: Pointer,
      flags: number,
      lifetime: number,
      bindings: Pointer,
      input: GssBuffer,
      actualMechanism: Pointer,
      output: GssBuffer,
      actualFlags: Out<number>,
      actualLifetime: Pointer,
    ],
    number
  >;
  deleteSecContext(minor: Out<number>, context: Out<Pointer>, output: Pointer): number;
  wrap(
    minor: Out<number>,
    context: Pointer,
    isConfidential: number,
    protection: number,
    input: GssBuffer,
    wasConfidential: Out<number>,
    output: GssBuffer,
  ): number;
  unwrap(
    minor: Out<number>,
    context: Pointer,
    input: GssBuffer,
    output: GssBuffer,
    wasConfidential: Out<number>,
    protection: Out<number>,
  ): number;
  displayStatus(
    minor: Out<number>,
    status: number,
    type: number,
    mechanism: Pointer,
    messageContext: Out<number>,
    text: GssBuffer,
  ): number;
  releaseBuffer(minor: Out<number>, buffer: GssBuffer): number;
}

type Parameter = string | ReturnType<Ffi["struct"]> | ReturnType<Ffi["out"]>;

let library: GssLibrary | undefined;

/** libgssapi, opened on first use. @throws {HelperFailure} `unconfigured` when it is not installed */
export function gss(): GssLibrary {
  library ??= bind();
  return library;
}

function bind(): GssLibrary {
  const lib = openLibrary(
    "libgssapi_krb5.so.2",
    "libgssapi-krb5-2 (Debian, Ubuntu) or krb5-libs (Fedora, RHEL)",
  );
  const { inout, out, pointer, struct } = ffi();
  const address = pointer("void");
  const buffer = pointer(struct({ length: "size_t", value: address }));
  const store = pointer(struct({ count: "uint32_t", elements: address }));
  const number = out(pointer("uint32_t"));
  const result = out(pointer(address));
  const handle = inout(pointer(address));
  const status = (name: string, ...parameters: Parameter[]) =>
    lib.func(name, "uint32_t", [number, ...parameters]);
  return {
    importName: status("gss_import_name", buffer, address, result),
    releaseName: status("gss_release_name", handle),
    acquireCredFrom: status(
      "gss_acquire_cred_from",
      ...[address, "uint32_t", address, "int", store, result, address, address],
    ),
    releaseCred: status("gss_release_cred", handle),
    initSecContext: status(
      "gss_init_sec_context",
      ...[address, handle, address, address, "uint32_t", "uint32_t", address],
      ...[buffer, address, out(buffer), number, address],
    ),
    deleteSecContext: status("gss_delete_sec_context", handle, address),
    wrap: status("gss_wrap", address, "int", "uint32_t", buffer, out(pointer("int")), out(buffer)),
    unwrap: status("gss_unwrap", address, buffer, out(buffer), out(pointer("int")), number),
    displayStatus: status(
      "gss_display_status",
      ...["uint32_t", "int", address, inout(pointer("uint32_t")), out(buffer)],
    ),
    releaseBuffer: status("gss_release_buffer", inout(buffer)),
  };
}
