import { type Asn1, type DerValue, Tag } from "./asn1.ts";
import { constructed, octetString, oid, sequence, trueValue } from "./asn1-make.ts";
import { contentOf, expectEnd, oidOf, partsOf } from "./asn1-read.ts";
import { X509Error } from "./error.ts";
import type { Extension } from "./extensions.ts";

/** Extensions ::= SEQUENCE OF Extension; @throws {X509Error} `bad-value` when an OID comes twice */
export function encodeExtensions(extensions: readonly Extension[]): Asn1 {
  const twice = repeatedOid(extensions);
  if (twice !== undefined) throw new X509Error("bad-value", `extension ${twice} comes twice`);
  return constructed(
    Tag.sequence,
    extensions.map((entry) =>
      sequence(oid(entry.oid), ...(entry.critical ? [trueValue()] : []), octetString(entry.valueDer)),
    ),
  );
}

/**
 * Takes `critical FALSE` written out, which DER forbids and old software writes.
 *
 * @throws {X509Error} `not-der`; also when an OID comes twice, so that no two readers see different names
 */
export function decodeExtensions(value: DerValue | undefined): Extension[] {
  const extensions = partsOf(value, Tag.sequence, "extensions").map(decodeExtension);
  const twice = repeatedOid(extensions);
  if (twice !== undefined) throw new X509Error("not-der", `extension ${twice} comes twice`);
  return extensions;
}

function decodeExtension(value: DerValue): Extension {
  const [type, second, third, ...rest] = partsOf(value, Tag.sequence, "extension");
  const extensionType = oidOf(type, "extension");
  const hasCritical = second?.tag === Tag.boolean;
  const [content, ...more] = hasCritical ? [third, ...rest] : [second, ...(third ? [third] : []), ...rest];
  expectEnd(more, `extension ${extensionType}`);
  return {
    oid: extensionType,
    critical: hasCritical && second.content[0] !== 0,
    valueDer: contentOf(content, Tag.octetString, `extension ${extensionType}`),
  };
}

function repeatedOid(extensions: readonly Extension[]): string | undefined {
  const seen = new Set<string>();
  return extensions.find((entry) => seen.size === seen.add(entry.oid).size)?.oid;
}
