import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CertmongerLab } from "./support/certmonger-lab.ts";
import { eventually } from "./support/eventually.ts";
import { executable } from "./support/executable.ts";
import { type KeyType, LabRequest, type Storage } from "./support/lab-request.ts";
import { need } from "./support/peers.ts";

const { leaveOut, note } = need("certmonger", "getcert", "certutil", "openssl", "faketime");

const day = 24 * 60 * 60 * 1000;

/**
 * Certificates are obtained with the clock of daemon and helper in the past; then the daemon is stopped and
 * started on the true clock, like a machine that was switched off until its certificates had little time left.
 * Nothing else tells it to renew.
 */
describe.skipIf(leaveOut)(`certmonger, by itself, with self-sign-submit${note}`, () => {
  const ca = "Lab";
  const tracked: { id: string; keyType: KeyType; storage: Storage }[] = [
    { id: "file", keyType: "RSA", storage: "file" },
    { id: "nss", keyType: "EC", storage: "NSS database" },
  ];
  let lab: CertmongerLab;
  const requests = new Map<string, LabRequest>();

  beforeAll(async () => {
    lab = await CertmongerLab.start({ clock: "-345d" });
    await lab.addCa(ca, [executable("self-sign-submit"), "-d", lab.path("ca")]);
    await lab.caIsSettled(ca);
    for (const { id, keyType, storage } of tracked) {
      requests.set(id, await LabRequest.make(lab, { id, ca, keyType, storage }));
    }
  });
  afterAll(() => lab.stop());

  it("renews certificates with 20 days left, keeping key and names, and leaves them alone afterwards", async () => {
    const before = await factsOfAll();
    for (const { notAfter } of before.values()) {
      expect(notAfter.getTime() - Date.now()).toBeGreaterThan(day);
      expect(notAfter.getTime() - Date.now()).toBeLessThan(28 * day);
    }
    await lab.stopDaemon();
    const runsBefore = lab.helperRuns("SUBMIT").length;
    await lab.startDaemon();
    const isRenewed = async () => {
      const after = await factsOfAll();
      return [...after].every(([id, { serial }]) => serial !== before.get(id)?.serial) && after;
    };
    const after = await eventually("both certificates are renewed", isRenewed, { explain: () => lab.log() });

    for (const { id } of tracked) {
      await lab.reaches(id, "MONITORING");
      await requests.get(id)?.verify();
      expect(after.get(id)?.subjectAltNames).toEqual(before.get(id)?.subjectAltNames);
      expect(after.get(id)?.subjectAltNames).toContain("DNS:alt.example.test");
      expect(after.get(id)?.subjectAltNames).toContain("IP Address:192.0.2.7");
      expect(after.get(id)?.subjectAltNames).toContain("IP Address:2001:DB8:0:0:0:0:0:7");
      expect(after.get(id)?.kerberosNameParts).toEqual(before.get(id)?.kerberosNameParts);
      expect(after.get(id)?.publicKey).toBe(before.get(id)?.publicKey);
      expect(after.get(id)?.issuer).toBe(before.get(id)?.issuer);
      expect(after.get(id)?.notAfter.getTime()).toBeGreaterThan(Date.now() + 300 * day);
    }
    expect(lab.helperRuns("SUBMIT").length - runsBefore).toBe(tracked.length);
  });

  async function factsOfAll() {
    const facts = await Promise.all(
      [...requests].map(async ([id, request]) => [id, await request.facts()] as const),
    );
    return new Map(facts);
  }
});
