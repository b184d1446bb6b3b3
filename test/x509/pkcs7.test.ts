import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { certificateToPem, createCertificate, readCertificate } from "../../src/x509/certificate.ts";
import { generateKey, privateKeyToPem, spkiDer } from "../../src/x509/keys.ts";
import { encodeName, parseSubject } from "../../src/x509/names.ts";
import { encodePem } from "../../src/x509/pem.ts";
import { createPkcs7, readPkcs7 } from "../../src/x509/pkcs7.ts";
import { bytes, x509ErrorOf } from "./bytes.ts";
import { inDirectory, openssl, opensslText } from "./openssl.ts";

const key = generateKey("RSA-2048");
const certificates = ["one", "two", "three"].map((subject, index) => {
  const name = encodeName(parseSubject(`CN=${subject}`));
  return createCertificate({
    serial: `0${index + 1}`,
    subjectDer: name,
    issuerDer: name,
    spkiDer: spkiDer(key.publicKey),
    notBefore: new Date("2026-01-01T00:00:00Z"),
    notAfter: new Date("2036-01-01T00:00:00Z"),
    extensions: [],
    issuerKey: key.privateKey,
  });
});
const [first = ""] = certificates;
const all = certificates.join("");

describe("readPkcs7", () => {
  it.each(["PEM", "DER"])("reads what openssl crl2pkcs7 makes in %s", async (form) => {
    const made = await inDirectory(async (directory) => {
      const file = join(directory, "certificates.pem");
      await writeFile(file, all);
      return openssl(["crl2pkcs7", "-nocrl", "-certfile", file, "-outform", form]);
    });
    expect(made.status).toBe(0);
    expect(readPkcs7(made.stdout).sort()).toEqual([...certificates].sort());
  });

  it("reads a signed message in BER with indefinite lengths", async () => {
    const made = await inDirectory(async (directory) => {
      const [keyFile, file] = [join(directory, "key.pem"), join(directory, "certificate.pem")];
      await writeFile(keyFile, privateKeyToPem(key.privateKey));
      await writeFile(file, first);
      const signer = ["-signer", file, "-inkey", keyFile];
      return openssl(["cms", "-sign", ...signer, "-outform", "DER", "-stream", "-nodetach"], "a message");
    });
    expect(made.stdout.subarray(0, 2).toString("hex")).toBe("3080");
    expect(readPkcs7(made.stdout)).toEqual([first]);
  });

  it.each([
    ["nothing", ""],
    ["text", "hello"],
    ["a certificate", first],
    ["something else in PEM", encodePem("PKCS7", bytes("0500"))],
    ["another content type", encodePem("PKCS7", bytes("300f 06092a864886f70d010701 a0020500"))],
    ["no content", encodePem("PKCS7", bytes("300b 06092a864886f70d010702"))],
    ["octets after its end", encodePem("PKCS7", bytes("3000 00"))],
  ])("refuses %s", (_, input) => {
    expect(x509ErrorOf(() => readPkcs7(input))).toMatchObject({
      code: "not-pkcs7",
      message: expect.stringMatching(/^PKCS#7: /),
    });
  });
});

describe("createPkcs7", () => {
  it("makes what openssl and we read", async () => {
    const pem = createPkcs7(certificates.map((certificate) => readCertificate(certificate)));
    expect(readPkcs7(pem)).toEqual(certificates);
    const printed = await opensslText(["pkcs7", "-print_certs"], pem);
    const found = printed.match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----\n/g) ?? [];
    expect(found.map((block) => certificateToPem(readCertificate(block)))).toEqual(certificates);
  });

  it("makes an empty one", () => {
    expect(readPkcs7(createPkcs7([]))).toEqual([]);
  });
});
