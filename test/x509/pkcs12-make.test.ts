import { execFileSync } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { expect, it } from "vitest";
import { certificateToPem, createCertificate, readCertificate } from "../../src/x509/certificate.ts";
import { generateKey, spkiDer } from "../../src/x509/keys.ts";
import { encodeName, parseSubject } from "../../src/x509/names.ts";
import { readPkcs12 } from "../../src/x509/pkcs12.ts";
import { createPkcs12 } from "../../src/x509/pkcs12-make.ts";

it.each(["RSA-2048", "EC-P256"] as const)(
  "makes a file that openssl and our own reader open (%s)",
  async (kind) => {
    const { publicKey, privateKey } = generateKey(kind);
    const subjectDer = encodeName(parseSubject("CN=www"));
    const now = new Date();
    const pem = createCertificate({
      serial: "01",
      subjectDer,
      issuerDer: subjectDer,
      spkiDer: spkiDer(publicKey),
      notBefore: now,
      notAfter: now,
      extensions: [],
      issuerKey: privateKey,
    });
    const certificate = readCertificate(pem);
    const password = "a password";
    const pkcs12 = createPkcs12({ privateKey, certificate, friendlyName: "Zoë", password });
    const read = await readPkcs12(pkcs12, password);
    expect(read.privateKey.equals(privateKey)).toBe(true);
    expect(read.certificates.map(certificateToPem)).toEqual([pem]);
    const words = ["pkcs12", "-nodes", "-passin", `pass:${password}`];
    const output = execFileSync("openssl", words, { input: pkcs12, encoding: "utf8", stdio: "pipe" });
    expect(output).toContain("friendlyName: Zo");
    expect(output).toContain(pem.trim());
    expect(createPrivateKey(output).equals(privateKey)).toBe(true);
    await expect(readPkcs12(pkcs12, "another")).rejects.toThrow("wrong password");
  },
);
