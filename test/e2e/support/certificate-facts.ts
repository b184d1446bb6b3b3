import { run } from "./run.ts";

/** What openssl says about a certificate: the second opinion on every one that we make. */
export interface CertificateFacts {
  readonly serial: string;
  /** SubjectPublicKeyInfo, PEM. */
  readonly publicKey: string;
  /** `rsaEncryption` or `id-ecPublicKey`. */
  readonly keyAlgorithm: string;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** As openssl prints them: `DNS:www.example.test`, `IP Address:192.0.2.7`, `email:…`, `othername: UPN::…`. */
  readonly subjectAltNames: readonly string[];
  /** The strings inside the Kerberos names (RFC 4556, 3.2.2): realm, then the parts of the principal. */
  readonly kerberosNameParts: readonly string[];
}

/** Reads a certificate file. openssl fails on what it can not parse, and so does this. */
export async function certificateFacts(file: string): Promise<CertificateFacts> {
  const x509 = (...args: string[]) => run("openssl", ["x509", "-in", file, "-noout", ...args]);
  const fields = await x509(
    "-serial",
    "-subject",
    "-issuer",
    "-dates",
    "-nameopt",
    "RFC2253",
    "-dateopt",
    "iso_8601",
  );
  const field = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(fields)?.[1] ?? "";
  const text = await x509("-text");
  return {
    serial: field("serial"),
    subject: field("subject"),
    issuer: field("issuer"),
    notBefore: new Date(field("notBefore")),
    notAfter: new Date(field("notAfter")),
    publicKey: await x509("-pubkey"),
    keyAlgorithm: /Public Key Algorithm: (\S+)/.exec(text)?.[1] ?? "",
    subjectAltNames: (/X509v3 Subject Alternative Name:.*\n\s*(.*)/.exec(text)?.[1] ?? "").split(", "),
    kerberosNameParts: await kerberosNameParts(file),
  };
}

/** openssl prints a KRB5PrincipalName as "unsupported", and tells only where its GeneralStrings lie. */
async function kerberosNameParts(file: string): Promise<string[]> {
  const certificate = await run("openssl", ["asn1parse", "-in", file]);
  const extension =
    /X509v3 Subject Alternative Name\s*\n(?:.*BOOLEAN.*\n)?\s*(\d+):.*OCTET STRING\s+\[HEX DUMP\]:(\w+)/;
  const [, offset, hex] = extension.exec(certificate) ?? [];
  if (offset === undefined || hex === undefined) return [];
  const names = await run("openssl", ["asn1parse", "-in", file, "-strparse", offset]);
  const generalString = /^\s*(\d+):d=\d+\s+hl=(\d+)\s+l=\s*(\d+)\s+prim:\s+GENERALSTRING/gm;
  return [...names.matchAll(generalString)].map(([, start, header, length]) => {
    const from = Number(start) + Number(header);
    return Buffer.from(hex, "hex").toString("latin1", from, from + Number(length));
  });
}
