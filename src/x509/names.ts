import { X509Error } from "./error.ts";

export { decodeSubjectAltNames, encodeSubjectAltNames, type SubjectAltName } from "./subject-alt-names.ts";

/** One attribute of a name. `value` is text, or the DER of a value that is not text. */
export interface NameAttribute {
  readonly oid: string;
  readonly value: string | Uint8Array;
}

/** RDNs in the order of the encoding; an RDN has more than one attribute only when multi-valued (`+`). */
export type Name = readonly (readonly NameAttribute[])[];

/** `CN=www.example.test,O=Lab` in the order written; @throws {X509Error} `not-name` */
export function parseSubject(text: string): Name {
  throw new X509Error("bad-value", `todo ${text}`);
}

export function encodeName(name: Name): Uint8Array {
  throw new X509Error("bad-value", `todo ${name.length}`);
}

export function decodeName(nameDer: Uint8Array): Name {
  throw new X509Error("bad-value", `todo ${nameDer.length}`);
}

/** The text form of an encoded name; `parseSubject` reads it back. */
export function formatName(nameDer: Uint8Array): string {
  throw new X509Error("bad-value", `todo ${nameDer.length}`);
}
