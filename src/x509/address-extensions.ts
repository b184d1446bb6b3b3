import { type Asn1, constructedTag, type DerValue, decodeDer, encodeDer, primitiveTag, Tag } from "./asn1.ts";
import { constructed, oid, primitive, sequence } from "./asn1-make.ts";
import { oidOf, partsOf } from "./asn1-read.ts";
import { reading } from "./error.ts";
import { type Extension, findExtension } from "./extensions.ts";

/** Extensions that hold addresses (URIs) where a client of the certificate finds something. */
const oids = {
  authorityInformationAccess: "1.3.6.1.5.5.7.1.1",
  crlDistributionPoints: "2.5.29.31",
  freshestCrl: "2.5.29.46",
} as const;

const ocsp = "1.3.6.1.5.5.7.48.1";
const uriTag = primitiveTag(6);

const uri = (text: string): Asn1 => primitive(uriTag, Buffer.from(text));
const texts = (values: readonly DerValue[]): string[] =>
  values.filter(({ tag }) => tag === uriTag).map(({ content }) => Buffer.from(content).toString("latin1"));

/** Addresses of OCSP responders (RFC 5280 section 4.2.2.1). */
export function encodeOcspAddresses(addresses: readonly string[]): Extension {
  const value = sequence(...addresses.map((text) => sequence(oid(ocsp), uri(text))));
  return { oid: oids.authorityInformationAccess, critical: false, valueDer: encodeDer(value) };
}

/** Other ways of access are passed over. @throws {X509Error} `not-extension` */
export function decodeOcspAddresses(extensions: readonly Extension[]): string[] | undefined {
  const found = findExtension(extensions, oids.authorityInformationAccess);
  return (
    found &&
    reading("not-extension", "authorityInfoAccess", () =>
      partsOf(decodeDer(found.valueDer), Tag.sequence, "value").flatMap((description) => {
        const [method, ...location] = partsOf(description, Tag.sequence, "description");
        return oidOf(method, "method") === ocsp ? texts(location) : [];
      }),
    )
  );
}

type CrlExtension = "crlDistributionPoints" | "freshestCrl";

/** Each address as a point of its own (RFC 5280 sections 4.2.1.13 and 4.2.1.15). */
export function encodeCrlAddresses(name: CrlExtension, addresses: readonly string[]): Extension {
  const points = addresses.map((text) =>
    sequence(constructed(constructedTag(0), [constructed(constructedTag(0), [uri(text)])])),
  );
  return { oid: oids[name], critical: false, valueDer: encodeDer(sequence(...points)) };
}

/** @throws {X509Error} `not-extension` */
export function decodeCrlAddresses(
  extensions: readonly Extension[],
  name: CrlExtension,
): string[] | undefined {
  const found = findExtension(extensions, oids[name]);
  return (
    found &&
    reading("not-extension", name, () =>
      partsOf(decodeDer(found.valueDer), Tag.sequence, "value").flatMap((point) => {
        const [first] = partsOf(point, Tag.sequence, "point");
        const [names] = first?.tag === constructedTag(0) ? first.parts : [];
        return names?.tag === constructedTag(0) ? texts(names.parts) : [];
      }),
    )
  );
}
