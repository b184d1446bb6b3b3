import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import {
  brokenCsrs,
  makeSample,
  manyNames,
  nameKinds,
  sampleOf,
  withNewHeader,
  withUnknownKeyType,
  withWrongSignature,
} from "../../src/testing/index.ts";
import { generateKey } from "../../src/x509/keys.ts";

const plain = makeSample({ subject: "CN=www.example.test" });
const ec = makeSample({ keyPair: generateKey("EC-P256") });

/** stdout, or why there is none; openssl 3.0 exits 0 when the signature of a CSR is wrong. */
function openssl(...args: string[]): (input: string) => string {
  return (input) => {
    const { status, stdout, stderr } = spawnSync("openssl", args, { input, encoding: "utf8" });
    return status !== 0 || /verify failure/.test(stderr) ? `failed: ${stderr}` : stdout;
  };
}
const verify = openssl("req", "-verify", "-noout", "-text");

describe("a CSR sample", () => {
  it("comes with the variables that certmonger sets for it", () => {
    expect(plain.request).toMatchObject({
      subject: "CN=www.example.test",
      hostnames: ["www.example.test"],
      principals: [],
      emails: [],
      ipAddresses: [],
      keyType: "RSA",
    });
  });

  it("has the CSR's key in its SPKI, and a SPKAC that openssl verifies", () => {
    const { spki = "", spkac = "" } = plain.request;
    const pem = `-----BEGIN PUBLIC KEY-----\n${spki.replace(/.{64}/g, "$&\n")}\n-----END PUBLIC KEY-----\n`;
    const key = openssl("req", "-noout", "-pubkey")(plain.csr);
    expect(openssl("pkey", "-pubin")(pem)).toBe(key);
    expect(openssl("spkac", "-verify", "-noout")(`SPKAC=${spkac}\n`)).not.toContain("failed");
  });

  it.each(nameKinds)("with $kind is one that openssl reads", ({ names }) => {
    const sample = makeSample({ keyPair: generateKey("EC-P256"), names });
    expect(verify(sample.csr)).toContain("Subject Alternative Name");
    expect(sampleOf(sample.csr).names).toEqual(names);
  });

  it("may hold 200 names", () => {
    const sample = makeSample({ keyPair: generateKey("EC-P256"), names: manyNames(200) });
    expect(verify(sample.csr).match(/DNS:/g)).toHaveLength(200);
  });

  it("with a wrong signature differs in nothing but the signature", () => {
    const wrong = withWrongSignature(plain);
    expect(verify(wrong.csr)).toMatch(/^failed/);
    expect(wrong.parsed?.tbsDer).toEqual(plain.parsed?.tbsDer);
  });

  it("with a key of an unknown type is a CSR that openssl reads without knowing the key", () => {
    const unknown = withUnknownKeyType(ec);
    expect(openssl("req", "-noout", "-text")(unknown.csr)).toContain("1.3.6.1.4.1.8065");
    expect(unknown.request.keyType).toBeUndefined();
  });

  it("may have the other label", () => {
    expect(withNewHeader(plain).request.csr).toMatch(/^-----BEGIN NEW CERTIFICATE REQUEST-----/);
  });

  it.each(brokenCsrs(plain))("$name is none for openssl", ({ csr }) => {
    expect(verify(csr)).toMatch(/^failed/);
  });
});
