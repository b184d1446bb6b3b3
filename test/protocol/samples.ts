import type { NamedCertificate } from "../../protocol/index.ts";

/** A PEM block around some content, 64 columns wide. It is base64, and nothing more. */
export function pem(content: string | Uint8Array, label = "CERTIFICATE"): string {
  const base64 = Buffer.from(content).toString("base64");
  const lines = base64.match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.map((line) => `${line}\n`).join("")}-----END ${label}-----\n`;
}

export const leaf = pem("the leaf, which stands in for a certificate of more than one line of base64");
export const intermediate = pem("the intermediate");
export const root = pem("the root");
export const otherRoot = pem("the other root");

export function named(nickname: string, certificate: string = root): NamedCertificate {
  return { nickname, certificate };
}
