import { shorten } from "../../protocol/index.ts";
import type { Csr } from "../../src/x509/csr.ts";
import {
  decodeBasicConstraints,
  decodeExtKeyUsage,
  decodeKeyUsage,
  decodeSubjectAltNameExtension,
  extensionOid,
} from "../../src/x509/extensions.ts";
import { decodeName, formatName, type SubjectAltName } from "../../src/x509/names.ts";
import { isInRange } from "./address-range.ts";
import { matchesPattern } from "./name-pattern.ts";
import { guardedPurposes, type NamedProfile, type NameKind, type Profile } from "./policy.ts";
import { purposeName } from "./purposes.ts";
import type { SubjectKey } from "./subject-key.ts";
import { subjectOffences } from "./subject-rule.ts";

/** What a CSR asks for and a profile does not allow. */
interface Offence {
  /** The rule's place in the profile: `names.dns`. */
  readonly rule: string;
  readonly what: string;
}

const mostReported = 3;

/**
 * Why a profile does not allow what a CSR asks for, in one line; `undefined` when it allows all of it.
 *
 * @param key the CSR's key
 * @throws {X509Error} for extensions that can not be read
 */
export function judge(csr: Csr, key: SubjectKey, { title, profile }: NamedProfile): string | undefined {
  const offences = [
    ...keyOffences(key, profile),
    ...caOffences(csr, profile),
    ...usageOffences(csr, profile),
    ...nameOffences(csr, profile),
    ...(profile.subject === undefined ? [] : subjectOffences(csr.subjectDer, profile.subject)),
    ...extensionOffences(csr, profile),
  ];
  if (offences.length === 0) return undefined;
  const reported = offences.slice(0, mostReported).map(({ rule, what }) => `${what} (rule ${rule})`);
  const more = offences.length > mostReported ? `, and ${offences.length - mostReported} more` : "";
  return `${title} ${title.endsWith("s") ? "do" : "does"} not allow ${reported.join(", ")}${more}`;
}

function* keyOffences({ type, description, rsaBits }: SubjectKey, profile: Profile): Generator<Offence> {
  const what = `the key (${description})`;
  if (type === undefined || !profile.keyTypes.includes(type)) yield { rule: "keyTypes", what };
  if (rsaBits !== undefined && rsaBits < profile.minimumRsaBits)
    yield { rule: `minimumRsaBits ${profile.minimumRsaBits}`, what };
}

const caOnlyExtensions: Readonly<Record<string, string>> = {
  "2.5.29.30": "name constraints",
  "2.5.29.33": "policy mappings",
  "2.5.29.36": "policy constraints",
  "2.5.29.54": "inhibit anyPolicy",
};

function* caOffences(csr: Csr, { ca }: Profile): Generator<Offence> {
  const constraints = decodeBasicConstraints(csr.extensions);
  if (constraints?.ca === true) {
    if (ca === undefined) yield { rule: "ca", what: "a CA certificate" };
    else if ((constraints.pathLength ?? 0) > ca.pathLength)
      yield { rule: `ca.pathLength ${ca.pathLength}`, what: `path length ${constraints.pathLength}` };
    return;
  }
  for (const usage of decodeKeyUsage(csr.extensions) ?? []) {
    if (usage === "keyCertSign" || usage === "cRLSign")
      yield { rule: "ca", what: `key usage ${usage} without a CA certificate` };
  }
  for (const { oid } of csr.extensions) {
    const name = caOnlyExtensions[oid];
    if (name !== undefined) yield { rule: "ca", what: `${name} without a CA certificate` };
  }
}

function* usageOffences(csr: Csr, { keyUsages, extKeyUsages }: Profile): Generator<Offence> {
  const wantedUsages = decodeKeyUsage(csr.extensions);
  if (wantedUsages?.length === 0)
    yield { rule: "keyUsages", what: "a list of key usages with nothing in it" };
  for (const usage of wantedUsages ?? []) {
    if (keyUsages?.includes(usage) === false) yield { rule: "keyUsages", what: `key usage ${usage}` };
  }
  const wantedPurposes = decodeExtKeyUsage(csr.extensions);
  if (wantedPurposes?.length === 0)
    yield { rule: "extKeyUsages", what: "a list of purposes with nothing in it" };
  for (const oid of wantedPurposes ?? []) {
    const isAllowed =
      extKeyUsages === undefined ? !guardedPurposes.includes(oid) : extKeyUsages.includes(oid);
    if (!isAllowed) yield { rule: "extKeyUsages", what: `purpose ${purposeName(oid)}` };
  }
}

/** A name to be certified, in the words of a policy. */
interface WantedName {
  readonly kind: NameKind;
  readonly text: string;
  /** Has one of the usual types and a value that does not fit it: a DNS name with a NUL in it, say. */
  readonly isMalformed?: boolean;
}

function* nameOffences(csr: Csr, profile: Profile): Generator<Offence> {
  const wanted = [...subjectNames(csr.subjectDer), ...alternativeNames(csr)];
  for (const name of wanted) {
    const what = `${kindNames[name.kind]} ${JSON.stringify(shorten(name.text))}`;
    const rule = `names.${name.kind}`;
    if (!isPlain(name)) yield { rule, what };
    else if (profile.names !== undefined && !isAllowed(name, profile.names)) yield { rule, what };
    else if (name.kind === "dns" && name.text.includes("*") && !profile.wildcards)
      yield { rule: "wildcards", what };
  }
  if (wanted.length === 0 && decodeName(csr.subjectDer).length === 0)
    yield { rule: "names", what: "a certificate without any name" };
  if (decodeSubjectAltNameExtension(csr.extensions)?.length === 0)
    yield { rule: "names", what: "a list of names with nothing in it" };
}

const kindNames: Readonly<Record<NameKind, string>> = {
  dns: "DNS name",
  ip: "IP address",
  email: "e-mail address",
  uri: "URI",
  principal: "principal",
  commonName: "common name",
  other: "name",
};

const commonNameOid = "2.5.4.3";
const emailAddressOid = "1.2.840.113549.1.9.1";

/** Some software takes a common name for a host name, and every mail program an e-mail address for one. */
function subjectNames(subjectDer: Uint8Array): WantedName[] {
  return decodeName(subjectDer)
    .flat()
    .flatMap(({ oid, value }): WantedName[] => {
      const text = typeof value === "string" ? value : Buffer.from(value).toString("hex");
      if (oid === commonNameOid) return [{ kind: "commonName", text }];
      return oid === emailAddressOid ? [{ kind: "email", text }] : [];
    });
}

function alternativeNames(csr: Csr): WantedName[] {
  return (decodeSubjectAltNameExtension(csr.extensions) ?? []).map((name) => ({
    kind: kindOf(name),
    text: textOf(name),
    isMalformed: isMalformed(name),
  }));
}

function kindOf(name: SubjectAltName): NameKind {
  if (name.type === "upn") return "principal";
  return name.type === "directory" ? "other" : name.type;
}

/** The value of a name; of the kinds without a text form what a policy can match. */
export function textOf(name: SubjectAltName): string {
  if (name.type === "directory") return `directory:${formatName(name.der)}`;
  if (name.type === "other") return `other:${name.oid ?? Buffer.from(name.der).toString("hex")}`;
  return name.value;
}

/** Types with rules of their own: only a value that does not fit leaves them as `other`. */
const usualTypes: readonly string[] = ["1.3.6.1.5.2.2", "1.3.6.1.4.1.311.20.2.3"];
/** The kinds without rules of their own: x400Address, ediPartyName, registeredID (RFC 5280 section 4.2.1.6). */
const otherTags: readonly (number | undefined)[] = [0xa3, 0xa5, 0x88];

/** A DNS name in pieces (`0xa2`) is one too: it is not DER, but OpenSSL puts it together. */
function isMalformed(name: SubjectAltName): boolean {
  if (name.type !== "other") return false;
  return name.oid === undefined ? !otherTags.includes(name.der[0]) : usualTypes.includes(name.oid);
}

/** Characters that programs read differently (a NUL, a blank, a letter outside ASCII) have no place here. */
function isPlain({ kind, text, isMalformed = false }: WantedName): boolean {
  if (isMalformed) return false;
  if (kind === "dns" || kind === "email" || kind === "uri") return /^[\x21-\x7e]+$/.test(text);
  return !/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(text);
}

function isAllowed(name: WantedName, names: NonNullable<Profile["names"]>): boolean {
  if (name.kind === "commonName" && names.commonName === undefined) {
    const kinds = (["dns", "ip", "email", "principal"] as const).filter((kind) => names[kind] !== undefined);
    return kinds.some((kind) => matches({ kind, text: name.text }, names[kind] ?? []));
  }
  return matches(name, names[name.kind] ?? []);
}

const separators: Readonly<Record<NameKind, string>> = {
  dns: ".",
  email: "@",
  uri: "/",
  principal: "/@",
  ip: "",
  commonName: "",
  other: "",
};

function matches({ kind, text }: WantedName, patterns: readonly string[]): boolean {
  if (kind === "ip") return patterns.some((range) => isInRange(text, range));
  const fold = (name: string) =>
    kind === "dns" ? name.toLowerCase() : kind === "email" ? foldDomain(name) : name;
  return patterns.some((pattern) => matchesPattern(fold(text), fold(pattern), separators[kind]));
}

function foldDomain(address: string): string {
  const at = address.lastIndexOf("@");
  return address.slice(0, at + 1) + address.slice(at + 1).toLowerCase();
}

const ruled: readonly string[] = [...Object.values(extensionOid), ...Object.keys(caOnlyExtensions)];

function* extensionOffences(csr: Csr, { extensions }: Profile): Generator<Offence> {
  for (const { oid } of csr.extensions) {
    if (extensions !== undefined && !extensions.includes(oid) && !ruled.includes(oid))
      yield { rule: "extensions", what: `extension ${oid}` };
  }
}
