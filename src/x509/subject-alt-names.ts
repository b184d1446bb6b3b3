import { X509Error } from "./error.ts";

/** One name of a subjectAltName extension. */
export type SubjectAltName =
  | { readonly type: "dns" | "email" | "uri" | "ip" | "principal" | "upn"; readonly value: string }
  | { readonly type: "directory"; readonly der: Uint8Array }
  | { readonly type: "other"; readonly oid?: string; readonly der: Uint8Array };

/** GeneralNames, DER: the value of the extension. */
export function encodeSubjectAltNames(names: readonly SubjectAltName[]): Uint8Array {
  throw new X509Error("bad-value", `todo ${names.length}`);
}

export function decodeSubjectAltNames(generalNamesDer: Uint8Array): SubjectAltName[] {
  throw new X509Error("bad-value", `todo ${generalNamesDer.length}`);
}
