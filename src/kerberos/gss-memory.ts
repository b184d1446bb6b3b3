import type { Cleanup } from "./cleanup.ts";
import { type GssBuffer, gss } from "./gss-library.ts";
import { ffi, type Pointer } from "./native.ts";

/** Bytes in C's memory; whoever allocates them frees `value`. */
export function allocateBytes(bytes: Uint8Array): { length: number; value: Pointer } {
  const { alloc, encode } = ffi();
  const value: Pointer = alloc("uint8_t", Math.max(bytes.length, 1));
  encode(value, "uint8_t", bytes, bytes.length);
  return { length: bytes.length, value };
}

/** What GSS-API wrote into a buffer of its own, which is released. */
export function takeBytes(buffer: GssBuffer): Uint8Array {
  const length = Number(buffer.length ?? 0);
  const bytes: Uint8Array =
    length === 0 ? new Uint8Array(0) : Uint8Array.from(ffi().decode(buffer.value, "uint8_t", length));
  if (buffer.value) gss().releaseBuffer([0], buffer);
  return bytes;
}

const made = new Map<string, Pointer>();

/** A gss_OID in C's memory, for the life of the process: GSS-API may keep the address. */
export function oid(name: keyof typeof oidBytes): Pointer {
  const known = made.get(name);
  if (known !== undefined) return known;
  const { length, value } = allocateBytes(Uint8Array.from(oidBytes[name]));
  const { alloc, encode } = ffi();
  const address: Pointer = alloc(layouts().oid, 1);
  encode(address, layouts().oid, { length, elements: value });
  made.set(name, address);
  return address;
}

const oidBytes = {
  /** 1.3.6.1.5.5.2 (RFC 4178) */
  SPNEGO: [0x2b, 6, 1, 5, 5, 2],
  /** 1.2.840.113554.1.2.2 (RFC 4121) */
  krb5: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2],
  /** GSS_C_NT_HOSTBASED_SERVICE, 1.2.840.113554.1.2.1.4 (RFC 2744) */
  hostBasedService: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 1, 4],
} as const;

/** A gss_key_value_element_desc in C's memory that names a ccache; `cleanup` frees it. */
export function ccacheElement(ccache: string, cleanup: Cleanup): Pointer {
  const { alloc, encode, free } = ffi();
  const kept = (address: Pointer) => {
    cleanup.add(() => free(address));
    return address;
  };
  const text = (value: string) => kept(allocateBytes(Buffer.from(`${value}\0`, "utf8")).value);
  const element = kept(alloc(layouts().element, 1));
  encode(element, layouts().element, { key: text("ccache"), value: text(ccache) });
  return element;
}

let described: ReturnType<typeof describeLayouts> | undefined;

/** koffi keeps every description for ever, so there is one of each. */
function layouts() {
  described ??= describeLayouts();
  return described;
}

function describeLayouts() {
  const { pointer, struct } = ffi();
  return {
    /** gss_OID_desc */
    oid: struct({ length: "uint32_t", elements: pointer("void") }),
    /** gss_key_value_element_desc of gssapi_ext.h */
    element: struct({ key: pointer("void"), value: pointer("void") }),
  };
}
