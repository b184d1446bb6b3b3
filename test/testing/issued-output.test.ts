import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readIssuedOutput } from "../../src/testing/index.ts";
import { createCertificate, randomSerial } from "../../src/x509/certificate.ts";
import { encodeBasicConstraints } from "../../src/x509/extensions.ts";
import { generateKey, type KeyPair, spkiDer } from "../../src/x509/keys.ts";
import { encodeName, parseSubject } from "../../src/x509/names.ts";

const root = generateKey("EC-P256");
const impostor = generateKey("EC-P256");
const leafKey = generateKey("EC-P256");

function certify(subject: string, key: KeyPair, issuer: string, issuerKey: KeyPair): string {
  return createCertificate({
    serial: randomSerial(),
    subjectDer: encodeName(parseSubject(subject)),
    issuerDer: encodeName(parseSubject(issuer)),
    spkiDer: spkiDer(key.publicKey),
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 60_000),
    extensions: [encodeBasicConstraints({ ca: true })],
    issuerKey: issuerKey.privateKey,
  });
}

const ca = certify("CN=CA", root, "CN=CA", root);
const fakeCa = certify("CN=CA", impostor, "CN=CA", impostor);
const leaf = certify("CN=www.example.test", leafKey, "CN=CA", root);
const stranger = certify("CN=Stranger", impostor, "CN=Stranger", impostor);

function der(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64");
}

function openssl(args: readonly string[], input: string | Buffer): Buffer {
  return execFileSync("openssl", args, { input });
}

/** A PKCS#7 with certificates only; openssl wants them in a file. */
function pkcs7(form: "PEM" | "DER"): Buffer {
  const directory = mkdtempSync(join(tmpdir(), "pkcs7-"));
  const file = join(directory, "certificates.pem");
  writeFileSync(file, leaf + ca);
  const output = openssl(["crl2pkcs7", "-nocrl", "-certfile", file, "-outform", form], "");
  rmSync(directory, { recursive: true });
  return output;
}

function read(output: string | Buffer): unknown {
  const issued = readIssuedOutput(Buffer.from(output));
  if ("problem" in issued) return issued.problem;
  return {
    leaf: issued.leaf.subject,
    others: issued.others.map(({ subject }) => subject),
    roots: issued.roots.map(({ nickname }) => nickname),
  };
}

const onlyLeaf = { leaf: "CN=www.example.test", others: [], roots: [] };
const withCa = { leaf: "CN=www.example.test", others: ["CN=CA"], roots: [] };
const json = JSON.stringify;

describe("issued output", () => {
  // What certmonger 0.79.17 makes of each was seen on the running daemon.
  it.each([
    ["PEM", leaf, onlyLeaf],
    ["PEM without its last line end", leaf.trimEnd(), onlyLeaf],
    ["PEM with CRLF", leaf.replaceAll("\n", "\r\n"), onlyLeaf],
    ["PEM with text around it", `Certificate:\n${leaf}thank you\n`, onlyLeaf],
    ["PEM with its chain", leaf + ca, withCa],
    ["the chain before the leaf", ca + leaf, withCa],
    ["the leaf twice", leaf + leaf, onlyLeaf],
    ["a CA of the same name with another key, first", fakeCa + leaf, withCa],
    ["a stranger after the leaf", leaf + stranger, { ...onlyLeaf, others: ["CN=Stranger"] }],
    [
      "a stranger first",
      stranger + leaf,
      { leaf: "CN=Stranger", others: ["CN=www.example.test"], roots: [] },
    ],
    ["DER", der(leaf), onlyLeaf],
    ["a PKCS#7 in PEM", pkcs7("PEM"), withCa],
    ["a PKCS#7 in DER", pkcs7("DER"), withCa],
    ["JSON", `${json({ certificate: leaf })}\n`, onlyLeaf],
    ["JSON with raw line ends", `{"certificate": "${leaf}"}`, onlyLeaf],
    ["JSON with a chain", json({ certificate: leaf, chain: [{ certificate: ca }, "odd", {}] }), withCa],
    [
      "JSON with roots",
      json({ certificate: leaf, roots: [{ nickname: "CA", certificate: ca }, { certificate: ca }] }),
      { ...onlyLeaf, roots: ["CA", "#2"] },
    ],
  ])("is read: %s", (_, output, expected) => {
    expect(read(output)).toEqual(expected);
  });

  it.each([
    ["nothing", "", "no-certificate"],
    ["a line end", "\n", "no-certificate"],
    ["an empty object", "{}", "no-certificate"],
    ["a page", "<html><body>404</body></html>", "no-certificate"],
    ["two JSON texts", `${json({ certificate: leaf })}{}`, "no-certificate"],
    ["a damaged block", leaf.replace(/\n.{20}/, "\n!!!!"), "no-certificate"],
    ["a CSR", leaf.replaceAll("CERTIFICATE", "CERTIFICATE REQUEST").replace(/\nM/, "\nX"), "no-certificate"],
    ["half a block", leaf.slice(0, 200), "truncated-pem"],
    ["a block and half a block", leaf + ca.slice(0, 200), "truncated-pem"],
    ["text in UTF-8 beside it", `für Sie:\n${leaf}`, "ascii"],
    ["binary noise", Buffer.from([0xff, 0xfe, 0x00]), "no-certificate"],
  ])("gives no certificate: %s", (_, output, problem) => {
    expect(read(output)).toBe(problem);
  });
});
