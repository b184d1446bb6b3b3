/**
 * Types of name attributes with the short name that we write and other names that we read, letter case apart.
 *
 * Written names are those of RFC 4514, and beyond them NSS's, which is what `getcert list` shows (`E`, `SN`).
 * The others are OpenSSL's and RFC 4519's.
 */
const attributeTypes = [
  { oid: "2.5.4.3", name: "CN", aliases: ["commonName"] },
  { oid: "2.5.4.4", name: "SN", aliases: ["surname"] },
  { oid: "2.5.4.5", name: "serialNumber", aliases: [] },
  { oid: "2.5.4.6", name: "C", aliases: ["countryName"] },
  { oid: "2.5.4.7", name: "L", aliases: ["localityName"] },
  { oid: "2.5.4.8", name: "ST", aliases: ["S", "SP", "stateOrProvinceName"] },
  { oid: "2.5.4.9", name: "STREET", aliases: ["streetAddress"] },
  { oid: "2.5.4.10", name: "O", aliases: ["organizationName"] },
  { oid: "2.5.4.11", name: "OU", aliases: ["organizationalUnitName"] },
  { oid: "2.5.4.12", name: "title", aliases: ["T"] },
  { oid: "2.5.4.13", name: "description", aliases: [] },
  { oid: "2.5.4.15", name: "businessCategory", aliases: [] },
  { oid: "2.5.4.16", name: "postalAddress", aliases: [] },
  { oid: "2.5.4.17", name: "postalCode", aliases: [] },
  { oid: "2.5.4.41", name: "name", aliases: [] },
  { oid: "2.5.4.42", name: "givenName", aliases: ["GN"] },
  { oid: "2.5.4.43", name: "initials", aliases: [] },
  { oid: "2.5.4.44", name: "generationQualifier", aliases: [] },
  { oid: "2.5.4.46", name: "dnQualifier", aliases: [] },
  { oid: "2.5.4.65", name: "pseudonym", aliases: [] },
  { oid: "2.5.4.97", name: "organizationIdentifier", aliases: [] },
  { oid: "0.9.2342.19200300.100.1.1", name: "UID", aliases: ["userId"] },
  { oid: "0.9.2342.19200300.100.1.25", name: "DC", aliases: ["domainComponent"] },
  { oid: "1.2.840.113549.1.9.1", name: "E", aliases: ["emailAddress", "MAIL", "email"] },
  { oid: "1.2.840.113549.1.9.2", name: "unstructuredName", aliases: [] },
] as const;

const oids = new Map(
  attributeTypes.flatMap(({ oid, name, aliases }) =>
    [name, ...aliases].map((alias): [string, string] => [alias.toLowerCase(), oid]),
  ),
);
const names = new Map(attributeTypes.map(({ oid, name }): [string, string] => [oid, name]));

/** `CN`, `commonName`, `2.5.4.3` or `OID.2.5.4.3` to `2.5.4.3`; undefined for a word that is none of ours. */
export function attributeTypeOf(word: string): string | undefined {
  const dotted = /^(?:oid\.)?([012](?:\.\d+)+)$/i.exec(word)?.[1];
  return dotted ?? oids.get(word.toLowerCase());
}

/** The short name that formatted names use, undefined when there is none. */
export function attributeNameOf(oid: string): string | undefined {
  return names.get(oid);
}

/** RFC 4519 and PKCS#9 allow these only IA5String (here: e-mail address and domain component). */
export const ia5Types: readonly string[] = ["1.2.840.113549.1.9.1", "0.9.2342.19200300.100.1.25"];
