import { ProtocolError } from "./failure.ts";
import { isCompletePem, splitPem } from "./pem.ts";
import type { NamedCertificate } from "./result.ts";
import { hasSurrogate } from "./text.ts";

/** Whether a text is ASCII through and through: with one other character in it certmonger finds no PEM at all. */
export function isAscii(text: string): boolean {
  return /^[\u0000-\u007f]*$/.test(text);
}

/**
 * One certificate as it goes on the wire: a single complete CERTIFICATE block, LF line ends, one at the end.
 * ASCII text around the block (what `openssl x509 -text` prints) is left out.
 *
 * @throws {ProtocolError} when it is anything else; `what` names it in the message
 */
export function certificateText(what: string, pem: string): string {
  if (!isAscii(pem)) throw new ProtocolError(`${what} holds text that is not ASCII`);
  const [block, ...more] = splitPem(pem);
  if (block === undefined || !isCompletePem(pem))
    throw new ProtocolError(`${what} is not a complete PEM block`);
  if (more.length > 0) throw new ProtocolError(`${what} holds more than one PEM block`);
  if (block.label !== "CERTIFICATE")
    throw new ProtocolError(`${what} is a ${block.label}, not a CERTIFICATE`);
  return block.text;
}

/**
 * A certificate and its nickname as they go on the wire.
 *
 * @throws {ProtocolError} when the one is not a certificate, or certmonger can not keep the other
 */
export function namedCertificate({ nickname, certificate }: NamedCertificate): NamedCertificate {
  const problem = nicknameProblem(nickname);
  if (problem !== undefined) throw new ProtocolError(problem);
  const name = JSON.stringify(nickname);
  return { nickname, certificate: certificateText(`the certificate ${name}`, certificate) };
}

/**
 * Why certmonger can not keep this nickname in any form; `undefined` when it can.
 *
 * A line end in it (JSON can say that) is written unescaped into certmonger's own CA and request files, where the
 * next line is read as a setting. A character outside the basic multilingual plane makes it lose the whole
 * answer (measured on certmonger 0.79.17).
 */
export function nicknameProblem(nickname: string): string | undefined {
  const name = JSON.stringify(nickname);
  if (/[\r\n\0]/.test(nickname)) return `the nickname ${name} is not one line`;
  if (hasSurrogate(nickname)) return `the nickname ${name} holds a character that certmonger can not read`;
  return undefined;
}
