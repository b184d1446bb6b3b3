import { shorten } from "../../protocol/index.ts";
import { attributeNameOf } from "../../src/x509/attribute-types.ts";
import { decodeName } from "../../src/x509/names.ts";
import { matchesPattern } from "./name-pattern.ts";

/**
 * Which attributes a subject may have beside common name and e-mail address, which are names: patterns by OID, of which one
 * must match. An attribute that is not listed is forbidden.
 */
export type SubjectRule = ReadonlyMap<string, readonly string[]>;

/** Attributes with rules of their own, and where these are. */
export const namesInSubject: ReadonlyMap<string, string> = new Map([
  ["2.5.4.3", "names.commonName"],
  ["1.2.840.113549.1.9.1", "names.email"],
]);

/** Attributes that the rule does not allow: `O "Evil"`. */
export function* subjectOffences(
  subjectDer: Uint8Array,
  allowed: SubjectRule,
): Generator<{ readonly rule: string; readonly what: string }> {
  for (const { oid, value } of decodeName(subjectDer).flat()) {
    if (namesInSubject.has(oid)) continue;
    const text = typeof value === "string" ? value : `#${Buffer.from(value).toString("hex")}`;
    const patterns = allowed.get(oid) ?? [];
    const name = attributeNameOf(oid) ?? oid;
    if (!patterns.some((pattern) => matchesPattern(text, pattern, "")))
      yield { rule: `subject.${name}`, what: `${name} ${JSON.stringify(shorten(text))}` };
  }
}
