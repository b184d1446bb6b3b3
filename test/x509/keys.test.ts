import { describe, expect, it } from "vitest";
import {
  generateKey,
  keyKinds,
  keyPairOf,
  privateKeyToPem,
  readPrivateKey,
  spkiDer,
} from "../../src/x509/keys.ts";
import { hex, x509ErrorOf } from "./bytes.ts";

const rsa = generateKey("RSA-2048");

describe("keys", () => {
  it.each(keyKinds)("%s goes to PEM and back", (kind) => {
    const { privateKey, publicKey } = generateKey(kind);
    const again = readPrivateKey(privateKeyToPem(privateKey));
    expect(again.equals(privateKey)).toBe(true);
    expect(keyPairOf(again).publicKey.equals(publicKey)).toBe(true);
    expect(hex(spkiDer(privateKey))).toBe(hex(spkiDer(publicKey)));
  });

  it("reads the older PEM forms", () => {
    const ec = generateKey("EC-P256").privateKey;
    const pems = [
      rsa.privateKey.export({ type: "pkcs1", format: "pem" }),
      ec.export({ type: "sec1", format: "pem" }),
    ];
    expect(pems.map((pem) => readPrivateKey(pem.toString()).asymmetricKeyType)).toEqual(["rsa", "ec"]);
  });

  it.each([
    ["nothing", ""],
    ["text", "hello"],
    ["a public key", rsa.publicKey.export({ type: "spki", format: "pem" }).toString()],
    [
      "an encrypted key",
      rsa.privateKey
        .export({ type: "pkcs8", format: "pem", cipher: "aes-128-cbc", passphrase: "x" })
        .toString(),
    ],
    ["half a key", privateKeyToPem(rsa.privateKey).slice(0, 400)],
  ])("refuses %s, and quotes none of it", (_, pem) => {
    expect(x509ErrorOf(() => readPrivateKey(pem))).toEqual({
      code: "not-key",
      message: "no unencrypted private key in PEM",
    });
  });
});
