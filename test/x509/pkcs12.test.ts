import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { decodeDer } from "../../src/x509/asn1.ts";
import {
  certificateToPem,
  createCertificate,
  readCertificate,
  verifyCertificate,
} from "../../src/x509/certificate.ts";
import { X509Error } from "../../src/x509/error.ts";
import { generateKey, type KeyKind, privateKeyToPem, spkiDer } from "../../src/x509/keys.ts";
import { encodeName, parseSubject } from "../../src/x509/names.ts";
import { readPkcs12 } from "../../src/x509/pkcs12.ts";
import { iterationsOf } from "../../src/x509/pkcs12-contents.ts";
import { hex } from "./bytes.ts";
import { inDirectory, openssl } from "./openssl.ts";

const fixture = (name: string) => readFile(new URL(`../fixtures/local-submit/${name}`, import.meta.url));
const localSubmit = "/usr/lib/certmonger/local-submit";

/** Code and message of the X509Error that the promise rejects with. */
async function errorOf(result: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error: unknown = await result.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof X509Error)) throw new Error("no X509Error", { cause: error });
  return { code: error.code, message: error.message };
}

describe("readPkcs12 on the store of local-submit", () => {
  it("reads a recorded one: the current CA first, then the one before it", async () => {
    const { privateKey, certificates } = await readPkcs12(await fixture("creds"), "");
    const [current, previous, ...rest] = certificates;
    if (current === undefined || previous === undefined) throw new Error("two certificates expected");
    expect(rest).toEqual([]);
    expect(hex(current.spkiDer)).toBe(hex(spkiDer(privateKey)));
    expect(verifyCertificate(current, current)).toBe(true);
    expect(verifyCertificate(previous, previous)).toBe(true);
    const roots = (await fixture("roots.txt")).toString();
    expect(roots).toContain(certificateToPem(current));
    expect(roots).toContain(certificateToPem(previous));
  });

  // Nothing is lost where certmonger is not installed: the recording above is of the same program.
  it.skipIf(!existsSync(localSubmit))("reads one that the installed local-submit makes now", () =>
    inDirectory(async (directory) => {
      const environment = { CERTMONGER_OPERATION: "FETCH-ROOTS", PATH: "/usr/bin:/bin" };
      const { stdout } = await promisify(execFile)(localSubmit, ["-d", directory], { env: environment });
      const { certificates } = await readPkcs12(await readFile(join(directory, "creds")), "");
      expect(certificates.map(certificateToPem)).toEqual([readCertificate(stdout)].map(certificateToPem));
    }),
  );
});

const name = encodeName(parseSubject("CN=Test,O=Lab"));
function makePair(kind: KeyKind) {
  const { privateKey, publicKey } = generateKey(kind);
  const certificate = createCertificate({
    serial: "01",
    subjectDer: name,
    issuerDer: name,
    spkiDer: spkiDer(publicKey),
    notBefore: new Date("2026-01-01T00:00:00Z"),
    notAfter: new Date("2036-01-01T00:00:00Z"),
    extensions: [],
    issuerKey: privateKey,
  });
  return { privateKey, certificate };
}
const rsa = makePair("RSA-2048");
const ec = makePair("EC-P256");
// An RSA leaf below an EC issuer: reading and writing it through forge's own certificates would change it.
const rsaBelowEc = {
  privateKey: rsa.privateKey,
  certificate: createCertificate({
    serial: "02",
    subjectDer: name,
    issuerDer: name,
    spkiDer: spkiDer(rsa.privateKey),
    notBefore: new Date("2026-01-01T00:00:00Z"),
    notAfter: new Date("2036-01-01T00:00:00Z"),
    extensions: [],
    issuerKey: ec.privateKey,
  }),
};

function pack(
  { privateKey, certificate }: typeof rsa,
  password: string,
  options: readonly string[],
  chain = "",
) {
  return inDirectory(async (directory) => {
    const [keyFile, chainFile] = [join(directory, "key.pem"), join(directory, "chain.pem")];
    await writeFile(keyFile, privateKeyToPem(privateKey));
    await writeFile(chainFile, chain);
    const more = chain === "" ? [] : ["-certfile", chainFile];
    const args = [
      "pkcs12",
      "-export",
      "-inkey",
      keyFile,
      ...more,
      "-passout",
      `pass:${password}`,
      ...options,
    ];
    const { status, stdout, stderr } = await openssl(args, certificate);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    return stdout;
  });
}

describe("readPkcs12 on what openssl makes", () => {
  it.each([
    { what: "its defaults", pair: rsa, options: [] },
    { what: "an EC key", pair: ec, options: [] },
    { what: "an RSA leaf below an EC issuer", pair: rsaBelowEc, options: [] },
    { what: "the old ciphers RC2 and triple DES", pair: rsa, options: ["-legacy"] },
    {
      what: "AES-128 and a MAC by SHA-1",
      pair: rsa,
      options: ["-keypbe", "AES-128-CBC", "-certpbe", "AES-128-CBC", "-macalg", "sha1"],
    },
    { what: "AES-192", pair: ec, options: ["-keypbe", "AES-192-CBC", "-certpbe", "AES-192-CBC"] },
    {
      what: "triple DES by PBKDF2",
      pair: ec,
      options: ["-keypbe", "DES-EDE3-CBC", "-certpbe", "DES-EDE3-CBC"],
    },
    {
      what: "triple DES with two keys, and RC2 of 128 bits",
      pair: ec,
      options: ["-legacy", "-keypbe", "PBE-SHA1-2DES", "-certpbe", "PBE-SHA1-RC2-128"],
    },
    { what: "a MAC by SHA-384", pair: ec, options: ["-macalg", "sha384"] },
    { what: "a MAC by SHA-512", pair: ec, options: ["-macalg", "sha512"] },
    { what: "nothing encrypted", pair: ec, options: ["-keypbe", "NONE", "-certpbe", "NONE"] },
    { what: "no MAC", pair: ec, options: ["-nomac"] },
    { what: "a name", pair: ec, options: ["-name", "my key"] },
  ])("reads $what, octet for octet", async ({ pair, options }) => {
    for (const password of ["", "secret", "pass wörd €"]) {
      const { privateKey, certificates } = await readPkcs12(await pack(pair, password, options), password);
      expect(privateKey.equals(pair.privateKey), password).toBe(true);
      expect(certificates.map(certificateToPem), password).toEqual([pair.certificate]);
    }
  });

  it("opens a careful person's file in a moment", async () => {
    const packed = await pack(ec, "secret", ["-iter", "300000"]);
    const { user } = process.cpuUsage();
    await readPkcs12(packed, "secret");
    // In JavaScript it took eight seconds, and no deadline is looked at meanwhile.
    expect((process.cpuUsage().user - user) / 1e6).toBeLessThan(4);
  });

  it.each([
    { count: 0, der: "020100" },
    { count: 1_000_001, der: "02030f4241" },
  ])("refuses $count iterations", ({ der }) => {
    expect(() => iterationsOf(decodeDer(Buffer.from(der, "hex")), "MAC")).toThrow(
      "MAC's iterations out of range",
    );
  });

  it("gives the key's own certificate first, then the others", async () => {
    const packed = await pack(rsa, "", [], ec.certificate);
    const { certificates } = await readPkcs12(packed, "");
    expect(certificates.map(certificateToPem)).toEqual([rsa.certificate, ec.certificate]);
  });

  it("refuses a wrong password, and quotes neither", async () => {
    const packed = await pack(rsa, "secret", []);
    for (const password of ["", "wrong", "secret "]) {
      expect(await errorOf(readPkcs12(packed, password))).toEqual({
        code: "bad-password",
        message: "PKCS#12: wrong password, or a damaged file",
      });
    }
    const unprotected = await pack(rsa, "secret", ["-nomac"]);
    expect(await errorOf(readPkcs12(unprotected, "wrong"))).toMatchObject({ code: "not-pkcs12" });
  });

  it("refuses a file without a key, and one without the key's certificate", async () => {
    const certificateOnly = await openssl(
      ["pkcs12", "-export", "-nokeys", "-passout", "pass:"],
      ec.certificate,
    );
    expect(await errorOf(readPkcs12(certificateOnly.stdout, ""))).toEqual({
      code: "not-pkcs12",
      message: "PKCS#12: no private key in it",
    });
  });

  it.each([
    ["nothing", ""],
    ["text", "hello"],
    ["another version", "3003020104"],
    ["no content", "3003020103"],
    ["a public-key protected one", "3012020103300d06092a864886f70d0107020500"],
  ])("refuses %s", async (_, der) => {
    expect(await errorOf(readPkcs12(Buffer.from(der, "hex"), ""))).toMatchObject({ code: "not-pkcs12" });
  });

  it("refuses a file cut anywhere, or with any octet damaged", async () => {
    const packed = await pack(ec, "", ["-iter", "1"]);
    for (let at = 0; at < packed.length; at += 29) {
      const flipped = Buffer.from(packed);
      flipped[at] = (flipped[at] ?? 0) ^ 0x11;
      for (const damaged of [packed.subarray(0, at), flipped]) {
        expect((await errorOf(readPkcs12(damaged, ""))).code).toMatch(/^(not-pkcs12|bad-password)$/);
      }
    }
  });
});
