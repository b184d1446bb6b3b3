import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CertmongerLab } from "./support/certmonger-lab.ts";
import { executable } from "./support/executable.ts";
import { type KeyType, LabRequest, type Storage } from "./support/lab-request.ts";
import { need } from "./support/peers.ts";
import { run } from "./support/run.ts";

const { leaveOut, note } = need("certmonger", "getcert", "certutil", "openssl");

const requests: { keyType: KeyType; storage: Storage; keyAlgorithm: string }[] = [
  { keyType: "RSA", storage: "file", keyAlgorithm: "rsaEncryption" },
  { keyType: "EC", storage: "file", keyAlgorithm: "id-ecPublicKey" },
  { keyType: "RSA", storage: "NSS database", keyAlgorithm: "rsaEncryption" },
  { keyType: "EC", storage: "NSS database", keyAlgorithm: "id-ecPublicKey" },
];

describe.skipIf(leaveOut)(`certmonger with self-sign-submit${note}`, () => {
  let lab: CertmongerLab;
  const ca = "Lab";
  let count = 0;
  const newId = () => `request${++count}`;

  beforeAll(async () => {
    lab = await CertmongerLab.start();
    await lab.addCa(ca, [executable("self-sign-submit"), "-d", lab.path("ca")]);
    await lab.caIsSettled(ca);
  });
  afterAll(() => lab.stop());

  it.each(requests)(
    "obtains a certificate with every kind of name for an $keyType key in a $storage",
    async ({ keyType, storage, keyAlgorithm }) => {
      const request = await LabRequest.make(lab, { id: newId(), ca, keyType, storage });
      expect(await lab.state(request.id)).toBe("MONITORING");
      await request.verify();
      const facts = await request.facts();
      expect(facts.keyAlgorithm).toBe(keyAlgorithm);
      // certmonger writes the parts of a subject in one order for files, in the other for NSS databases.
      expect(facts.subject.split(",").toSorted()).toEqual(["CN=www.example.test", "O=Lab"]);
      expect(facts.subjectAltNames.toSorted()).toEqual([
        "DNS:alt.example.test",
        "DNS:www.example.test",
        "IP Address:192.0.2.7",
        "IP Address:2001:DB8:0:0:0:0:0:7",
        "email:webmaster@example.test",
        "othername: 1.3.6.1.5.2.2::<unsupported>",
        "othername: UPN::HTTP/www.example.test@EXAMPLE.TEST",
      ]);
      expect(facts.kerberosNameParts).toEqual(["EXAMPLE.TEST", "HTTP", "www.example.test"]);
    },
  );

  it.each(requests)(
    "renews on resubmit with the same $keyType key in a $storage",
    async ({ keyType, storage }) => {
      const request = await LabRequest.make(lab, { id: newId(), ca, keyType, storage });
      const before = await request.facts();
      await request.again("resubmit");
      expect(await lab.state(request.id)).toBe("MONITORING");
      await request.verify();
      const after = await request.facts();
      expect(after.serial).not.toBe(before.serial);
      expect(after.publicKey).toBe(before.publicKey);
      expect(after.subjectAltNames).toEqual(before.subjectAltNames);
      expect(after.issuer).toBe(before.issuer);
    },
  );

  it.each(requests)(
    "changes the $keyType key in a $storage on rekey",
    async ({ keyType, storage, keyAlgorithm }) => {
      const request = await LabRequest.make(lab, { id: newId(), ca, keyType, storage });
      const before = await request.facts();
      await request.again("rekey");
      expect(await lab.state(request.id)).toBe("MONITORING");
      await request.verify();
      const after = await request.facts();
      expect(after.serial).not.toBe(before.serial);
      expect(after.publicKey).not.toBe(before.publicKey);
      expect(after.keyAlgorithm).toBe(keyAlgorithm);
      expect(after.subjectAltNames).toEqual(before.subjectAltNames);
    },
  );

  it("saves one self-signed root, the issuer of the certificate, where -F says", async () => {
    const request = await LabRequest.make(lab, { id: newId(), ca });
    const pem = await run("cat", [request.rootsFile]);
    expect(pem.match(/-----BEGIN CERTIFICATE-----/g)).toHaveLength(1);
    const names = await run("openssl", ["x509", "-in", request.rootsFile, "-noout", "-subject", "-issuer"]);
    const [subject, issuer] = names.trim().split("\n");
    expect(subject?.replace("subject=", "")).toBe(issuer?.replace("issuer=", ""));
    await run("openssl", ["verify", "-CAfile", request.rootsFile, request.rootsFile]);
    await request.verify();
  });

  it("serves two requests at once", async () => {
    const [first, second] = await Promise.all([
      LabRequest.make(lab, { id: newId(), ca }),
      LabRequest.make(lab, { id: newId(), ca, storage: "NSS database", keyType: "EC" }),
    ]);
    await first.verify();
    await second.verify();
    expect((await first.facts()).serial).not.toBe((await second.facts()).serial);
  });

  it("answers a CSR that certmonger sends twice with the same certificate", async () => {
    // A request made right after add-ca is restarted when the first answers of the CA arrive, and
    // certmonger throws away what its helper has answered until then.
    const early = "Early";
    await lab.addCa(early, [executable("self-sign-submit"), "-d", lab.path("early")]);
    const request = await LabRequest.make(lab, { id: newId(), ca: early });
    await request.verify();
    const submits = lab
      .helperRuns("SUBMIT")
      .filter(({ environment }) => environment.CERTMONGER_CA_NICKNAME === early);
    const certificates = Map.groupBy(submits, ({ environment }) => environment.CERTMONGER_CSR);
    for (const runs of certificates.values()) {
      expect(new Set(runs.map(({ stdout }) => stdout)).size).toBe(1);
    }
  });
});
