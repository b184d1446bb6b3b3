import { describe, expect, it } from "vitest";
import { decodeDer, encodeDer } from "../../src/x509/asn1.ts";
import { bitString, oid, sequence } from "../../src/x509/asn1-make.ts";
import { type Certificate, createCertificate, readCertificate } from "../../src/x509/certificate.ts";
import { carriesKeyOf, orderChain } from "../../src/x509/chain.ts";
import { createCsr, readCsr } from "../../src/x509/csr.ts";
import { generateKey, type KeyPair, privateKeyToPem, readPrivateKey, spkiDer } from "../../src/x509/keys.ts";
import { encodeName, parseSubject } from "../../src/x509/names.ts";
import { bytes } from "./bytes.ts";

let serial = 0;
function issue(
  subject: string,
  key: KeyPair,
  issuer: string,
  issuerKey: KeyPair,
  spki = spkiDer(key.publicKey),
): Certificate {
  serial++;
  return readCertificate(
    createCertificate({
      serial: serial.toString(16),
      subjectDer: encodeName(parseSubject(`CN=${subject}`)),
      issuerDer: encodeName(parseSubject(`CN=${issuer}`)),
      spkiDer: spki,
      notBefore: new Date("2026-01-01T00:00:00Z"),
      notAfter: new Date("2027-01-01T00:00:00Z"),
      extensions: [],
      issuerKey: issuerKey.privateKey,
    }),
  );
}
const key = () => generateKey("EC-P256");
const [rootKey, oldRootKey, middleKey, leafKey] = [key(), key(), key(), key()];
const root = issue("root", rootKey, "root", rootKey);
const oldRoot = issue("root", oldRootKey, "root", oldRootKey);
const middle = issue("middle", middleKey, "root", rootKey);
const leaf = issue("leaf", leafKey, "middle", middleKey);
const stranger = issue("stranger", key(), "nobody", key());
const crossed = issue("root", rootKey, "other", oldRootKey);

const chains = [
  {
    name: "leaf, issuer and root from any order",
    given: [root, leaf, middle],
    ordered: [leaf, middle, root],
  },
  { name: "a chain without its root", given: [middle, leaf], ordered: [leaf, middle] },
  { name: "a lone certificate", given: [leaf], ordered: [leaf] },
  { name: "a lone root", given: [root], ordered: [root] },
  { name: "none", given: [], ordered: [] },
  { name: "one certificate given twice", given: [leaf, leaf, middle], ordered: [leaf, middle] },
  {
    name: "the root with the right key from two of one name",
    given: [oldRoot, root, middle, leaf],
    ordered: [leaf, middle, root, oldRoot],
  },
  {
    name: "strangers at the end",
    given: [leaf, stranger, middle, root],
    ordered: [leaf, middle, root, stranger],
  },
  {
    name: "a self-signed root before a cross-certificate, in the order given",
    given: [middle, root, crossed, leaf],
    ordered: [leaf, middle, root, crossed],
  },
];

describe("orderChain", () => {
  it.each(chains)("gives $name", ({ given, ordered }) => {
    const label = ({ subject, serial: number }: Certificate) => `${subject} ${number}`;
    expect(orderChain(given).map(label)).toEqual(ordered.map(label));
  });

  it("ends for certificates that issued each other", () => {
    const [a, b] = [issue("a", rootKey, "b", middleKey), issue("b", middleKey, "a", rootKey)];
    expect(orderChain([a, b])).toHaveLength(2);
  });
});

describe("carriesKeyOf", () => {
  const csrOf = (pair: KeyPair) => readCsr(createCsr({ subject: "CN=x", keyPair: pair }));
  it("is true for the CSR's key and false for another", () => {
    expect(carriesKeyOf(leaf, csrOf(leafKey))).toBe(true);
    expect(carriesKeyOf(leaf, csrOf(rootKey))).toBe(false);
  });

  it("is true for the same key in another encoding", () => {
    const rsa = generateKey("RSA-2048");
    const [, bits] = decodeDer(spkiDer(rsa.publicKey)).parts;
    const withoutNull = encodeDer(
      sequence(sequence(oid("1.2.840.113549.1.1.1")), bitString(bits?.content.subarray(1) ?? bytes(""))),
    );
    expect(carriesKeyOf(issue("x", rsa, "root", rootKey, withoutNull), csrOf(rsa))).toBe(true);
  });

  it.each(["Ed25519", "EC-P384", "RSA-2048"] as const)(
    "leaves nothing behind that spoils the next key: %s",
    (kind) => {
      expect(carriesKeyOf(leaf, csrOf(generateKey(kind)))).toBe(false);
      expect(readPrivateKey(privateKeyToPem(leafKey.privateKey)).equals(leafKey.privateKey)).toBe(true);
    },
  );

  it("compares keys of unknown types by their octets", () => {
    const unknown = (bits: string) => encodeDer(sequence(sequence(oid("1.2.3.4")), bitString(bytes(bits))));
    const certificate = issue("x", leafKey, "root", rootKey, unknown("aa"));
    const csr = csrOf(leafKey);
    expect(carriesKeyOf(certificate, { ...csr, spkiDer: unknown("aa") })).toBe(true);
    expect(carriesKeyOf(certificate, { ...csr, spkiDer: unknown("bb") })).toBe(false);
    expect(carriesKeyOf(certificate, csr)).toBe(false);
  });
});
