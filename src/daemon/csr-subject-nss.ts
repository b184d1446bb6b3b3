import { encodeDer, Tag } from "../x509/asn1.ts";
import { primitive } from "../x509/asn1-make.ts";
import { isPrintable } from "../x509/asn1-text.ts";
import { encodeName, type Name, type NameAttribute, parseSubject } from "../x509/names.ts";

const commonName = "2.5.4.3";
/** The types of attributes that NSS reads, in any letter case, beside OIDs. */
const nssTypes =
  /^(CN|ST|O|OU|dnQualifier|C|serialNumber|L|title|SN|givenName|initials|generationQualifier|DC|MAIL|UID|postalAddress|postalCode|postOfficeBox|houseIdentifier|E|STREET|pseudonym|businessCategory|name|(OID\.)?[\d.]+)$/i;
const [country, serialNumber, dnQualifier] = ["2.5.4.6", "2.5.4.5", "2.5.4.46"];

/**
 * The subject that NSS, and so certmonger, makes of text; its parts come in the opposite order. Text that it does not read is
 * a CN.
 *
 * @returns DER of the name
 * @see NSS lib/certdb/alg1485.c; measured on certmonger 0.79.17
 */
export function nssSubject(text: string): Uint8Array {
  const isAscii = /^\p{ASCII}*$/u.test(text);
  const printable = encodeDer(primitive(Tag.printableString, Buffer.from(text)));
  const alone: Name = [[{ oid: commonName, value: isAscii ? printable : text }]];
  try {
    const name = hasNssSyntax(text) ? parseSubject(text) : alone;
    return encodeName(name === alone || name.flat().every(isNssValue) ? name : alone);
  } catch {
    return encodeName(alone);
  }
}

/** No empty values, and no `=`, `<` or `>` in a value without quotes. */
function hasNssSyntax(text: string): boolean {
  const plainText = text.replace(/\\[0-9a-f]{2}|\\./gi, "x").replace(/"[^"]*"/g, "x");
  return plainText.split(/[,;+]/).every((part) => {
    const [, word = "", value = ""] = /^\s*([\w.-]+)\s*=\s*([^=<>]*?)\s*$/.exec(part) ?? [];
    return nssTypes.test(word) && value !== "";
  });
}

function isNssValue({ oid, value }: NameAttribute): boolean {
  if (typeof value !== "string") return true;
  if (oid === country && value.length !== 2) return false;
  return ![country, serialNumber, dnQualifier].includes(oid) || isPrintable(value);
}
