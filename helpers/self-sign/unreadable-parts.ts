import { type DerValue, decodeDer, Tag, tagName } from "../../src/x509/asn1.ts";
import { oidOf, partsOf } from "../../src/x509/asn1-read.ts";
import { textOf } from "../../src/x509/asn1-text.ts";
import { attributeNameOf } from "../../src/x509/attribute-types.ts";
import type { Csr } from "../../src/x509/csr.ts";
import { decodeSubjectAltNameExtension, extensionOid, findExtension } from "../../src/x509/extensions.ts";

/**
 * What in a CSR would make a certificate that programs can not read, or that each reads differently, in one line;
 * `undefined` when there is nothing of the kind.
 *
 * The subject is copied octet by octet, and OpenSSL does not read a certificate at all that has a string in it which is
 * not well-formed, or a type that a name can not hold (measured on 3.0).
 *
 * @throws {X509Error} for a name or an extension that is none
 */
export function findUnreadable(csr: Csr): string | undefined {
  const subject = unreadableAttribute(csr.subjectDer);
  if (subject !== undefined) return `the subject's ${subject}`;
  for (const name of decodeSubjectAltNameExtension(csr.extensions) ?? []) {
    const part = name.type === "directory" ? unreadableAttribute(name.der) : undefined;
    if (part !== undefined) return `the directory name's ${part}`;
  }
  const usages = findExtension(csr.extensions, extensionOid.keyUsage);
  return usages === undefined || isBitList(usages.valueDer) ? undefined : "keyUsage is not DER";
}

function unreadableAttribute(nameDer: Uint8Array): string | undefined {
  for (const rdn of partsOf(decodeDer(nameDer), Tag.sequence, "name")) {
    for (const attribute of partsOf(rdn, Tag.set, "RDN")) {
      const [type, value] = partsOf(attribute, Tag.sequence, "attribute");
      const flaw = value === undefined ? "has no value" : flawOf(value);
      if (flaw === undefined) continue;
      const attributeOid = oidOf(type, "attribute type");
      return `${attributeNameOf(attributeOid) ?? attributeOid} ${flaw}`;
    }
  }
  return undefined;
}

/** Of one octet for each character: programs differ in what they take the others for. */
const asciiTags: readonly number[] = [Tag.printableString, Tag.ia5String, Tag.numericString];
const stringTags: readonly number[] = [
  ...asciiTags,
  Tag.utf8String,
  Tag.teletexString,
  Tag.bmpString,
  Tag.universalString,
];
/** X.520 has attributes of these types: a unique identifier, a postal address. */
const otherTags: readonly number[] = [Tag.bitString, Tag.sequence];

function flawOf(value: DerValue): string | undefined {
  const { tag } = value;
  if (otherTags.includes(tag)) return undefined;
  const text = stringTags.includes(tag) ? textOf(value) : undefined;
  if (text === undefined) return unreadable(value);
  const most = asciiTags.includes(tag) ? 0x7f : 0xffff;
  // No regular expressions: a process that lives for one CSR would only compile them.
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > most) return unreadable(value);
    if (isControl(code))
      return `holds a control character, U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  }
  return undefined;
}

const isControl = (code: number): boolean =>
  code < 0x20 || (code >= 0x7f && code <= 0x9f) || code === 0x2028 || code === 0x2029;

const unreadable = ({ tag, content }: DerValue): string =>
  `can not be read: ${tagName(tag)} ${beginningOf(content)}`;

function beginningOf(content: Uint8Array): string {
  const shown = 16;
  const hex = Buffer.from(content.subarray(0, shown)).toString("hex");
  return content.length > shown ? `${hex}… (${content.length} bytes)` : hex;
}

/** A BIT STRING that ends with its last bit that is set, as a list of named bits must (X.690 section 11.2.2). */
function isBitList(der: Uint8Array): boolean {
  const { tag, content } = decodeDer(der);
  const [unused = 8] = content;
  if (tag !== Tag.bitString || unused > 7) return false;
  if (content.length === 1) return unused === 0;
  const last = content.at(-1) ?? 0;
  return (last & -last) === 1 << unused;
}
