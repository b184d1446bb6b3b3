import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import type { EnrollmentRequest } from "../../protocol/index.ts";
import { decodeDer, encodeDer, Tag } from "../x509/asn1.ts";
import { bitString, primitive, sequence } from "../x509/asn1-make.ts";
import { type Csr, createCsr, readCsr } from "../x509/csr.ts";
import { decodeSubjectAltNameExtension } from "../x509/extensions.ts";
import { generateKey, type KeyKind, type KeyPair, signDer, spkiDer } from "../x509/keys.ts";
import type { SubjectAltName } from "../x509/names.ts";

/** A CSR with all that certmonger tells a helper about it. */
export interface CsrSample {
  /** For a person: `an EC P-256 key`. */
  readonly name: string;
  readonly csr: string;
  /** What SUBMIT and POLL carry for it. */
  readonly request: EnrollmentRequest;
  /** Absent for a CSR that can not be read. */
  readonly parsed?: Csr;
  /** The subject alternative names in it. */
  readonly names: readonly SubjectAltName[];
}

export interface SampleOptions {
  readonly name?: string;
  /** Default `CN=www.example.test`. */
  readonly subject?: string;
  /** Default: the common name of the subject as a DNS name. */
  readonly names?: readonly SubjectAltName[];
  /** Default RSA-2048, as certmonger's. */
  readonly keyPair?: KeyPair;
  readonly nickname?: string;
  /** Friendly name in the CSR, as certmonger puts the request's nickname there: tells CSRs apart that ask for the same. */
  readonly friendlyName?: string;
}

/** A CSR as `getcert request` makes it, with the variables that go with it. */
export function makeSample({
  name = "a plain CSR",
  subject = "CN=www.example.test",
  names = [{ type: "dns", value: /CN=([^,]+)/.exec(subject)?.[1] ?? "www.example.test" }],
  keyPair = generateKey("RSA-2048"),
  nickname,
  friendlyName,
}: SampleOptions = {}): CsrSample {
  const csr = createCsr({ subject, keyPair, subjectAltNames: names, ...(friendlyName && { friendlyName }) });
  const request: EnrollmentRequest = {
    ...requestOf(csr, subject, names),
    ...keyTypeOf(keyPair.publicKey),
    spki: Buffer.from(spkiDer(keyPair.publicKey)).toString("base64"),
    spkac: spkacOf(keyPair),
    ...(nickname !== undefined && { caNickname: nickname }),
  };
  return { name, csr, request, parsed: readCsr(csr), names };
}

/** The same for a CSR from elsewhere: without its private key there is no SPKAC. */
export function sampleOf(csr: string, name = "the given CSR", nickname?: string): CsrSample {
  const parsed = readCsr(csr);
  const names = decodeSubjectAltNameExtension(parsed.extensions) ?? [];
  const request: EnrollmentRequest = {
    ...requestOf(csr, parsed.subject, names),
    ...keyTypeOf(readPublicKey(parsed.spkiDer)),
    spki: Buffer.from(parsed.spkiDer).toString("base64"),
    ...(nickname !== undefined && { caNickname: nickname }),
  };
  return { name, csr, request, parsed, names };
}

/** A text in place of a CSR. */
export function brokenSample(name: string, csr: string, like: CsrSample): CsrSample {
  return { name, csr, request: { ...like.request, csr }, names: [] };
}

/** The CSR with its signature turned wrong; everything else is as it was. */
export function withWrongSignature(sample: CsrSample): CsrSample {
  const der = Uint8Array.from(Buffer.from(base64Of(sample.csr), "base64"));
  const last = der.length - 1;
  der[last] = (der[last] ?? 0) ^ 0x55;
  return { ...sample, name: "a CSR with a wrong signature", ...replaced(sample, der) };
}

/**
 * The CSR of an EC P-256 key, said to be of an algorithm that nobody knows: its object identifier lies in a private
 * arc. Stands for the key types to come.
 */
export function withUnknownKeyType(sample: CsrSample): CsrSample {
  const known = "06072a8648ce3d0201";
  const unknown = "06072b06010401bf01";
  const hex = Buffer.from(base64Of(sample.csr), "base64").toString("hex");
  const der = Buffer.from(hex.replace(known, unknown), "hex");
  const { keyType: _, spki: __, spkac: ___, ...request } = replaced(sample, der).request;
  return { ...sample, name: "a key of an unknown type", ...replaced(sample, der), request };
}

/** The CSR under the label `NEW CERTIFICATE REQUEST`. */
export function withNewHeader(sample: CsrSample): CsrSample {
  const csr = sample.csr.replaceAll("CERTIFICATE REQUEST-----", "NEW CERTIFICATE REQUEST-----");
  return {
    ...sample,
    name: "a CSR labelled NEW CERTIFICATE REQUEST",
    csr,
    request: { ...sample.request, csr },
  };
}

function replaced(
  sample: CsrSample,
  der: Uint8Array,
): { csr: string; request: EnrollmentRequest; parsed: Csr } {
  const csr = toPem("CERTIFICATE REQUEST", der);
  return { csr, request: { ...sample.request, csr }, parsed: readCsr(csr) };
}

function requestOf(csr: string, subject: string, names: readonly SubjectAltName[]): EnrollmentRequest {
  const valuesOf = (type: SubjectAltName["type"]): string[] =>
    names.flatMap((name) => (name.type === type && "value" in name ? [name.value] : []));
  return {
    csr,
    ...(subject !== "" && { subject }),
    hostnames: valuesOf("dns"),
    principals: [...valuesOf("principal"), ...valuesOf("upn")],
    emails: valuesOf("email"),
    ipAddresses: valuesOf("ip"),
  };
}

/** What certmonger calls the key's type; nothing where it has no name for it. */
function keyTypeOf(publicKey: KeyObject | undefined): { keyType?: string } {
  const names = new Map([
    ["rsa", "RSA"],
    ["ec", "EC"],
    ["dsa", "DSA"],
  ]);
  const keyType = names.get(publicKey?.asymmetricKeyType ?? "");
  return keyType === undefined ? {} : { keyType };
}

/** `undefined` for a key type that Node does not know. */
export function readPublicKey(spki: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}

/** Signed public key and challenge, with an empty challenge, as certmonger makes it; base64. */
export function spkacOf({ privateKey, publicKey }: KeyPair): string {
  const content = sequence(decodeDer(spkiDer(publicKey)), primitive(Tag.ia5String, new Uint8Array(0)));
  const { algorithmDer, signature } = signDer(encodeDer(content), privateKey);
  const spkac = sequence(content, decodeDer(algorithmDer), bitString(signature));
  return Buffer.from(encodeDer(spkac)).toString("base64");
}

function base64Of(pem: string): string {
  return pem.replace(/-----[^-]+-----/g, "");
}

function toPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** One name of each kind that certmonger can ask for. */
export const nameKinds: readonly { readonly kind: string; readonly names: readonly SubjectAltName[] }[] = [
  { kind: "two DNS names", names: [dns("www.example.test"), dns("alias.example.test")] },
  { kind: "a wildcard DNS name", names: [dns("*.example.test")] },
  { kind: "an e-mail address", names: [{ type: "email", value: "postmaster@example.test" }] },
  { kind: "an IPv4 address", names: [{ type: "ip", value: "192.0.2.1" }] },
  { kind: "an IPv6 address", names: [{ type: "ip", value: "2001:db8::1" }] },
  {
    kind: "a Kerberos principal",
    names: [{ type: "principal", value: "host/www.example.test@EXAMPLE.TEST" }],
  },
  { kind: "a user principal name (UPN)", names: [{ type: "upn", value: "someone@EXAMPLE.TEST" }] },
  { kind: "a URI", names: [{ type: "uri", value: "spiffe://example.test/www" }] },
];

function dns(value: string): SubjectAltName {
  return { type: "dns", value };
}

/** `count` DNS names. */
export function manyNames(count: number): SubjectAltName[] {
  return Array.from({ length: count }, (_, index) => dns(`host-${index + 1}.example.test`));
}

/** Text that is no CSR, by what is wrong with it. */
export function brokenCsrs(like: CsrSample): CsrSample[] {
  const lines = like.csr.trimEnd().split("\n");
  const noise = createHash("sha512").update(like.csr).digest();
  return [
    brokenSample("text that is no CSR", "this is not a CSR\n", like),
    brokenSample("a CSR cut off in the middle", `${lines.slice(0, lines.length / 2).join("\n")}\n`, like),
    brokenSample("PEM around noise", toPem("CERTIFICATE REQUEST", noise), like),
  ];
}

export type { KeyKind };
