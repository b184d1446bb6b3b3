import { ProtocolError } from "./failure.ts";
import { isCompletePem, splitPem } from "./pem.ts";

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
