import { type Asn1, constructedTag, type DerValue, decodeDer, encodeDer, primitiveTag, Tag } from "./asn1.ts";
import { constructed, oid, primitive } from "./asn1-make.ts";
import { expectEnd, oidOf, partsOf } from "./asn1-read.ts";
import { textOf, utf8String } from "./asn1-text.ts";
import { reading, X509Error } from "./error.ts";
import { formatIpAddress, parseIpAddress } from "./ip-address.ts";
import { decodePrincipal, encodePrincipal } from "./principal.ts";

/**
 * One name of a subjectAltName extension (RFC 5280 section 4.2.1.6).
 *
 * - `dns`, `email`, `uri`: as they stand, wildcards and `xn--` included; printable ASCII.
 * - `ip`: `192.0.2.1`, `2001:db8::1`.
 * - `principal`: Kerberos, `host/www.example.test@REALM.TEST` (RFC 4556 section 3.2.2); certmonger asks for
 *   each principal (`-K`) twice, as `upn` and as `principal`.
 * - `upn`: Microsoft's user principal name, `user@domain`.
 * - `directory`: `der` is the Name.
 * - `other`: every other kind, and a name of the kinds above with a value that is not theirs; `der` is the
 *   whole GeneralName, `oid` the type of an otherName.
 */
export type SubjectAltName =
  | { readonly type: "dns" | "email" | "uri" | "ip" | "principal" | "upn"; readonly value: string }
  | { readonly type: "directory"; readonly der: Uint8Array }
  | { readonly type: "other"; readonly oid?: string; readonly der: Uint8Array };

const GeneralName = {
  otherName: constructedTag(0),
  email: primitiveTag(1),
  dns: primitiveTag(2),
  directory: constructedTag(4),
  uri: primitiveTag(6),
  ip: primitiveTag(7),
} as const;

const kerberosPrincipal = "1.3.6.1.5.2.2";
const userPrincipalName = "1.3.6.1.4.1.311.20.2.3";

/**
 * GeneralNames, DER: the value of the extension.
 *
 * @throws {X509Error} `bad-value` for a value that its type can not carry
 */
export function encodeSubjectAltNames(names: readonly SubjectAltName[]): Uint8Array {
  return encodeDer(constructed(Tag.sequence, names.map(encodeGeneralName)));
}

/** @throws {X509Error} `not-extension` when it is no list; a strange name in it becomes `other` */
export function decodeSubjectAltNames(generalNamesDer: Uint8Array): SubjectAltName[] {
  return reading("not-extension", "subjectAltName", () =>
    partsOf(decodeDer(generalNamesDer), Tag.sequence, "the list").map(decodeGeneralName),
  );
}

function encodeGeneralName(name: SubjectAltName): Asn1 {
  switch (name.type) {
    case "dns":
    case "email":
    case "uri":
      if (!isPlain(name.value)) throw badValue(name.type, name.value, "printable ASCII expected");
      return primitive(GeneralName[name.type], Buffer.from(name.value, "latin1"));
    case "ip": {
      const octets = parseIpAddress(name.value);
      if (octets === undefined) throw badValue(name.type, name.value, "not an IP address");
      return primitive(GeneralName.ip, octets);
    }
    case "principal": {
      const principal = encodePrincipal(name.value);
      if (principal === undefined) throw badValue(name.type, name.value, "NAME@REALM expected");
      return otherName(kerberosPrincipal, principal);
    }
    case "upn":
      return otherName(userPrincipalName, utf8String(name.value));
    case "directory":
      return constructed(GeneralName.directory, [decodeDer(name.der)]);
    case "other":
      return decodeDer(name.der);
  }
}

const otherName = (type: string, value: Asn1): Asn1 =>
  constructed(GeneralName.otherName, [oid(type), constructed(constructedTag(0), [value])]);

function decodeGeneralName(value: DerValue): SubjectAltName {
  return (
    (value.tag === GeneralName.otherName ? decodeOtherName(value) : decodeStandardName(value)) ?? other(value)
  );
}

function decodeStandardName({ tag, content, parts }: DerValue): SubjectAltName | undefined {
  const text = Buffer.from(content).toString("latin1");
  switch (tag) {
    case GeneralName.dns:
      return isPlain(text) ? { type: "dns", value: text } : undefined;
    case GeneralName.email:
      return isPlain(text) ? { type: "email", value: text } : undefined;
    case GeneralName.uri:
      return isPlain(text) ? { type: "uri", value: text } : undefined;
    case GeneralName.ip: {
      const address = formatIpAddress(content);
      return address === undefined ? undefined : { type: "ip", value: address };
    }
    case GeneralName.directory: {
      const [name, ...rest] = parts;
      return name?.tag === Tag.sequence && rest.length === 0
        ? { type: "directory", der: name.der }
        : undefined;
    }
    default:
      return undefined;
  }
}

/** @throws {X509Error} `not-der` when it is not the type of RFC 5280 at all */
function decodeOtherName(name: DerValue): SubjectAltName {
  const [type, wrapped, ...rest] = partsOf(name, GeneralName.otherName, "otherName");
  const typeOid = oidOf(type, "otherName's type");
  const [value, ...more] = partsOf(wrapped, constructedTag(0), "otherName's value");
  expectEnd([...rest, ...more], "otherName");
  if (typeOid === kerberosPrincipal) {
    const principal = value && decodePrincipal(value);
    if (principal !== undefined) return { type: "principal", value: principal };
  }
  if (typeOid === userPrincipalName && value?.tag === Tag.utf8String) {
    const upn = textOf(value);
    if (upn !== undefined) return { type: "upn", value: upn };
  }
  return { ...other(name), oid: typeOid };
}

const other = (value: DerValue): { type: "other"; der: Uint8Array } => ({ type: "other", der: value.der });

/** A NUL or an umlaut in a host name is for no policy to compare; such a name stays DER. */
const isPlain = (text: string): boolean => /^[\x20-\x7e]+$/.test(text);

const badValue = (type: string, value: string, reason: string): X509Error =>
  new X509Error("bad-value", `${type} name ${JSON.stringify(value.slice(0, 80))}: ${reason}`);
