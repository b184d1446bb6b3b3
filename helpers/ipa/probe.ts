import { encodeDer } from "../../src/x509/asn1.ts";
import {
  bitString,
  constructed,
  embedded,
  oid,
  sequence,
  setOf,
  smallInteger,
} from "../../src/x509/asn1-make.ts";
import type { Csr } from "../../src/x509/csr.ts";
import { encodeExtensions } from "../../src/x509/extension-list.ts";
import { decodeSubjectAltNameExtension, encodeSubjectAltNameExtension } from "../../src/x509/extensions.ts";

/** What the server says to a shallow probe when all is well (`data.info`, seen on 4.9.11; the same in 4.13's source). */
export const shallowIsFine = /RegisteredID/;

/** registeredID 1.2.3.4 (RFC 5280 section 4.2.1.6): a kind of name that IPA never issues. */
const registeredId = Uint8Array.of(0x88, 3, 0x2a, 3, 4);
const extensionRequest = "1.2.840.113549.1.9.14";

/**
 * A CSR that can not be issued, so that the server runs all its checks and then refuses: the subject, key and names of
 * the real one, one name more that IPA never issues, and a signature that is not its own. Two independent reasons.
 *
 * @returns DER in base64, as `cert_request` takes it
 */
export function shallowProbe(csr: Csr): string {
  const names = decodeSubjectAltNameExtension(csr.extensions) ?? [];
  const extension = encodeSubjectAltNameExtension([...names, { type: "other", der: registeredId }]);
  const attribute = sequence(oid(extensionRequest), setOf([encodeExtensions([extension])]));
  const signed = sequence(
    smallInteger(0),
    embedded(csr.subjectDer),
    embedded(csr.spkiDer),
    constructed(0xa0, [attribute]),
  );
  const whole = sequence(signed, embedded(csr.signatureAlgorithmDer), bitString(spoiled(csr.signature)));
  return Buffer.from(encodeDer(whole)).toString("base64");
}

/** The real CSR with a spoiled signature: IPA does not look at it, the CA does, and refuses. */
export function deepProbe(csr: Csr): string {
  // The signature is the last part of a CSR, and its last octet the last of all.
  return Buffer.from(spoiled(csr.der)).toString("base64");
}

/** Other in one bit of its last octet, which leaves the encoding around it as it is. */
function spoiled(octets: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(octets);
  copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1;
  return copy;
}
