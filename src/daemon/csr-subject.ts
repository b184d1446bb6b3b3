import { decodeDer, encodeDer, Tag } from "../x509/asn1.ts";
import { primitive } from "../x509/asn1-make.ts";
import { isPrintable } from "../x509/asn1-text.ts";
import { encodeName, type NameAttribute } from "../x509/names.ts";
import { nssSubject } from "./csr-subject-nss.ts";
import type { RequestRecord } from "./fields.ts";

/** What certmonger calls a request that says nothing of its subject. */
const defaultCommonName = "localhost";
const commonName = "2.5.4.3";

type Report = (problem: string) => void;

/**
 * The subject that certmonger would put into a CSR, octet for octet.
 *
 * Text for a key in a file is read as strict RFC 4514, its parts come in the order in which they are written; for one in an
 * NSS database it is read by NSS, and they come in the opposite order. Text that is no name is a CN.
 *
 * @returns DER of the name
 * @see certmonger 0.79.21 src/csrgen-o.c, src/csrgen-n.c; measured on 0.79.17
 */
export function csrSubject(record: RequestRecord, report: Report): Uint8Array {
  const { template_subject: text, template_subject_der: der } = record;
  const given = der ? nameDer(Buffer.from(der, "hex")) : undefined;
  if (given !== undefined) return given;
  const subject = text || defaultCommonName;
  return record.key_storage_type === "NSSDB" ? nssSubject(subject) : subjectForFile(subject, report);
}

function nameDer(der: Uint8Array): Uint8Array | undefined {
  try {
    return decodeDer(der).tag === Tag.sequence ? der : undefined;
  } catch {
    return undefined;
  }
}

function subjectForFile(text: string, report: Report): Uint8Array {
  const rdns = readRdns(text) ?? [[{ type: "CN", value: text }]];
  const name = rdns.map((rdn) => rdn.flatMap((part) => encodePart(part, report)));
  return encodeName(name.filter((attributes) => attributes.length > 0));
}

interface Part {
  readonly type: string;
  readonly value: string;
}

const type = String.raw`\s*([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*)\s*=\s*`;
const hexValue = "#(?:[0-9a-fA-F]{2})+";
const plainValue = String.raw`(?:\\[0-9a-fA-F]{2}|\\[ "#+,;<=>\\]|[^\\"+,;<>])*?`;
const part = new RegExp(`${type}(${hexValue}|${plainValue})\\s*([,+]|$)`, "y");

/** Strict RFC 4514: no quotes, no `;`, no `OID.`; undefined for other text. */
function readRdns(text: string): Part[][] | undefined {
  const rdns: Part[][] = [[]];
  part.lastIndex = 0;
  for (;;) {
    const [, name = "", value = "", separator] = part.exec(text) ?? [];
    if (separator === undefined) return undefined;
    rdns.at(-1)?.push({ type: name, value: plain(value) });
    if (separator === "") return rdns;
    if (separator === ",") rdns.push([]);
  }
}

/** Without the escapes. A value in hexadecimal is BER, which certmonger takes as it is for text. */
function plain(value: string): string {
  const octets = value.startsWith("#")
    ? Buffer.from(value.slice(1), "hex")
    : Buffer.concat(
        [...value.matchAll(/\\([0-9a-fA-F]{2})|\\(.)|([^\\]+)/gs)].map(([, hex, escaped, rest]) =>
          hex === undefined ? Buffer.from(escaped ?? rest ?? "") : Buffer.from(hex, "hex"),
        ),
      );
  return octets.toString("utf8");
}

interface AttributeType {
  readonly oid: string;
  /** OpenSSL's short and long name. */
  readonly names: readonly string[];
  /** Undefined: UTF8String, as certmonger's OpenSSL makes it of everything else. */
  readonly tag?: typeof Tag.printableString | typeof Tag.ia5String;
  /** Characters; text of another length is left out. */
  readonly least?: number;
  readonly most?: number;
}

/** The types of attributes that OpenSSL knows by name and that occur in subjects, with its limits. */
const attributeTypes: readonly AttributeType[] = [
  { oid: commonName, names: ["CN", "commonName"], least: 1, most: 64 },
  { oid: "2.5.4.4", names: ["SN", "surname"], least: 1, most: 32_768 },
  { oid: "2.5.4.5", names: ["serialNumber"], tag: Tag.printableString, least: 1, most: 64 },
  { oid: "2.5.4.6", names: ["C", "countryName"], tag: Tag.printableString, least: 2, most: 2 },
  { oid: "2.5.4.7", names: ["L", "localityName"], least: 1, most: 128 },
  { oid: "2.5.4.8", names: ["ST", "stateOrProvinceName"], least: 1, most: 128 },
  { oid: "2.5.4.9", names: ["street", "streetAddress"] },
  { oid: "2.5.4.10", names: ["O", "organizationName"], least: 1, most: 64 },
  { oid: "2.5.4.11", names: ["OU", "organizationalUnitName"], least: 1, most: 64 },
  { oid: "2.5.4.12", names: ["title"] },
  { oid: "2.5.4.13", names: ["description"] },
  { oid: "2.5.4.15", names: ["businessCategory"] },
  { oid: "2.5.4.16", names: ["postalAddress"] },
  { oid: "2.5.4.17", names: ["postalCode"] },
  { oid: "2.5.4.18", names: ["postOfficeBox"] },
  { oid: "2.5.4.20", names: ["telephoneNumber"] },
  { oid: "2.5.4.41", names: ["name"], least: 1, most: 32_768 },
  { oid: "2.5.4.42", names: ["GN", "givenName"], least: 1, most: 32_768 },
  { oid: "2.5.4.43", names: ["initials"], least: 1, most: 32_768 },
  { oid: "2.5.4.44", names: ["generationQualifier"] },
  { oid: "2.5.4.45", names: ["x500UniqueIdentifier"] },
  { oid: "2.5.4.46", names: ["dnQualifier"], tag: Tag.printableString },
  { oid: "2.5.4.65", names: ["pseudonym"] },
  { oid: "2.5.4.72", names: ["role"] },
  { oid: "2.5.4.97", names: ["organizationIdentifier"] },
  { oid: "0.9.2342.19200300.100.1.1", names: ["UID", "userId"] },
  { oid: "0.9.2342.19200300.100.1.3", names: ["mail", "rfc822Mailbox"] },
  { oid: "0.9.2342.19200300.100.1.25", names: ["DC", "domainComponent"], tag: Tag.ia5String, least: 1 },
  { oid: "1.2.840.113549.1.9.1", names: ["emailAddress"], tag: Tag.ia5String, least: 1, most: 128 },
  { oid: "1.2.840.113549.1.9.2", names: ["unstructuredName"], tag: Tag.ia5String },
];

/** None when OpenSSL would not take it: certmonger then goes on without it. */
function encodePart({ type: word, value }: Part, report: Report): NameAttribute[] {
  const known = attributeTypes.find(({ oid, names }) =>
    [oid, ...names].some((name) => name === word || name === word.toUpperCase()),
  );
  const oid = known?.oid ?? (/^[0-2](\.\d+)+$/.test(word) ? word : undefined);
  const leftOut = (reason: string): NameAttribute[] => {
    report(`"${word}=${value}" is left out of the subject: ${reason}`);
    return [];
  };
  if (oid === undefined) return leftOut("certmonger's OpenSSL knows no such type of attribute");
  const isAscii = /^\p{ASCII}*$/u.test(value);
  // A CN that is ASCII becomes a PrintableString, even with characters that this type does not have, and of any length.
  if (/^(CN|commonName)$/i.test(word) && isAscii) return [{ oid, value: string(Tag.printableString, value) }];
  const { tag = Tag.utf8String, least = 0, most = Number.POSITIVE_INFINITY } = known ?? {};
  const { length } = [...value];
  if (length < least || length > most) return leftOut(`it has ${length} characters`);
  if (tag === Tag.printableString && !isPrintable(value)) return leftOut("it must be a PrintableString");
  if (tag === Tag.ia5String && !isAscii) return leftOut("it must be ASCII");
  return [{ oid, value: string(tag, value) }];
}

const string = (tag: number, value: string): Uint8Array => encodeDer(primitive(tag, Buffer.from(value)));
