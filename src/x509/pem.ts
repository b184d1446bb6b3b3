import { splitPem } from "../../protocol/pem.ts";
import { X509Error } from "./error.ts";

/** PEM text with lines of 64 characters. */
export function encodePem(label: string, der: Uint8Array): string {
  const base64 = Buffer.from(der).toString("base64");
  let text = `-----BEGIN ${label}-----\n`;
  for (let at = 0; at < base64.length; at += 64) text += `${base64.slice(at, at + 64)}\n`;
  return `${text}-----END ${label}-----\n`;
}

/**
 * The DER of the first block with one of these labels, or the input itself when it is DER already.
 *
 * Text around the block, other blocks and CRLF do not matter. Octets are DER when they begin like a SEQUENCE
 * and hold no PEM.
 *
 * @throws {X509Error} `not-pem`
 */
export function derOf(input: string | Uint8Array, labels: readonly string[]): Uint8Array {
  if (typeof input === "string") return decodePem(input, labels);
  const isDer =
    input[0] === 0x30 && !Buffer.from(input.buffer, input.byteOffset, input.length).includes("-----BEGIN ");
  return isDer ? input : decodePem(Buffer.from(input).toString("latin1"), labels);
}

function decodePem(text: string, labels: readonly string[]): Uint8Array {
  const block = splitPem(text).find(({ label }) => labels.includes(label));
  if (block === undefined) throw new X509Error("not-pem", reasonOf(text, labels));
  const der = Buffer.from(block.base64, "base64");
  if (der.length === 0 || der.toString("base64") !== block.base64) {
    throw new X509Error("not-pem", `the ${block.label} block is not base64`);
  }
  return der;
}

function reasonOf(text: string, labels: readonly string[]): string {
  const opened = labels.find((label) => text.includes(`-----BEGIN ${label}-----`));
  if (opened !== undefined) return `the ${opened} block has no end`;
  return text.trim() === "" ? "empty" : `no PEM block ${labels.join(" or ")}`;
}
