import { encodeDer, Tag } from "../x509/asn1.ts";
import { bitString, embedded, primitive, sequence } from "../x509/asn1-make.ts";
import { createCsr } from "../x509/csr.ts";
import { type Hash, type KeyPair, signDer, spkiDer } from "../x509/keys.ts";
import { csrExtensions } from "./csr-extensions.ts";
import { csrSubject } from "./csr-subject.ts";
import type { RequestRecord } from "./fields.ts";

/** The CSR of a request and its SPKAC, made with the key that the next certificate is for. */
export interface SigningRequest {
  /** PEM. */
  readonly csr: string;
  /** SignedPublicKeyAndChallenge (Netscape's `keygen`), base64 on one line. */
  readonly spkac: string;
}

export interface SigningOptions {
  readonly challengePassword?: string | undefined;
  readonly hash: Hash;
  /** What can not stand in a CSR, and is left out. */
  readonly report: (problem: string) => void;
}

/**
 * Makes what a helper hands to its CA, as certmonger makes it.
 *
 * @throws {X509Error} for a name that can not be encoded
 * @see certmonger 0.79.21 src/csrgen-o.c
 */
export function makeSigningRequest(
  record: RequestRecord,
  keyPair: KeyPair,
  { challengePassword, hash, report }: SigningOptions,
): SigningRequest {
  const csr = createCsr({
    subject: csrSubject(record, report),
    keyPair,
    extensions: csrExtensions(record, spkiDer(keyPair.publicKey), report),
    friendlyName: record.cert_nickname || record.key_nickname || record.id,
    ...(challengePassword !== undefined && { challengePassword: challengeString(challengePassword) }),
    hash,
  });
  return { csr, spkac: makeSpkac(keyPair, challengePassword ?? "", hash) };
}

/** A PrintableString even with characters that this type does not have: so does certmonger. */
function challengeString(password: string): Uint8Array {
  const isAscii = /^\p{ASCII}*$/u.test(password);
  return encodeDer(primitive(isAscii ? Tag.printableString : Tag.utf8String, Buffer.from(password)));
}

function makeSpkac({ publicKey, privateKey }: KeyPair, challenge: string, hash: Hash): string {
  const signed = sequence(embedded(spkiDer(publicKey)), primitive(Tag.ia5String, Buffer.from(challenge)));
  const { algorithmDer, signature } = signDer(encodeDer(signed), privateKey, hash);
  return Buffer.from(encodeDer(sequence(signed, embedded(algorithmDer), bitString(signature)))).toString(
    "base64",
  );
}
