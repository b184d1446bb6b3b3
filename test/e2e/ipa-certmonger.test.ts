import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { splitPem } from "../../protocol/index.ts";
import { CertmongerLab } from "./support/certmonger-lab.ts";
import { executable } from "./support/executable.ts";
import { KerberosLab, needKerberosLab } from "./support/kerberos-lab.ts";
import { LabRequest, type Storage } from "./support/lab-request.ts";
import { need } from "./support/peers.ts";

const realm = needKerberosLab();
const certmonger = need("certmonger", "getcert", "certutil", "openssl", "dbus-daemon", "dbus-send");
const runInLab = fileURLToPath(new URL("../../scripts/lab/kerberos/run.sh", import.meta.url));

const names = ["-N", "CN=client.example.test", "-D", "client.example.test", "-K", "host/client.example.test"];
const ca = "IPA-new";
const storages: readonly Storage[] = ["file", "NSS database"];

describe.skipIf(realm.leaveOut || certmonger.leaveOut)(
  `certmonger with ipa-submit${realm.note || certmonger.note}`,
  () => {
    let ipa: KerberosLab;
    let lab: CertmongerLab;
    let count = 0;
    const make = (storage: Storage) =>
      LabRequest.make(lab, { id: `request${++count}`, ca, storage, names, keyType: "RSA" });

    beforeAll(async () => {
      ipa = await KerberosLab.start();
      lab = await CertmongerLab.start({ bus: true });
      // The daemon is outside of the realm, its helper is inside.
      await lab.addCa(ca, [
        ...[runInLab, ipa.directory, executable("ipa-submit")],
        ...["--state-directory", lab.path("ipa-state")],
      ]);
      await lab.caIsSettled(ca);
    });
    afterAll(async () => {
      await lab?.stop();
      await ipa?.stop();
    });

    it("answers every question of certmonger", async () => {
      const answers = lab.helperRuns().map(({ operation, exitStatus }) => [operation, exitStatus]);
      expect(Object.fromEntries(answers)).toEqual({
        IDENTIFY: 0,
        "FETCH-ROOTS": 0,
        "GET-SUPPORTED-TEMPLATES": 0,
        "GET-DEFAULT-TEMPLATE": 0,
        "GET-NEW-REQUEST-REQUIREMENTS": 0,
        "GET-RENEW-REQUEST-REQUIREMENTS": 0,
        "FETCH-SCEP-CA-CAPS": 6,
        "FETCH-SCEP-CA-CERTS": 6,
      });
    });

    it("shows the server's profiles on D-Bus", async () => {
      const list = await lab.getcert("list-cas", "-c", ca);
      expect(list).toContain("default profile/template/certtype: caIPAserviceCert\n");
      expect(await lab.caProperty(ca, "supported-profiles")).toMatch(/IECUserRoles\s+caIPAserviceCert/);
    });

    it.each(storages)("obtains, renews and rekeys a certificate in a %s", async (storage) => {
      const request = await make(storage);
      expect(await lab.state(request.id)).toBe("MONITORING");
      await request.verify();
      const first = await request.facts();

      await request.again("resubmit");
      await request.verify();
      const renewed = await request.facts();
      expect(renewed.serial).not.toBe(first.serial);
      expect(renewed.publicKey).toBe(first.publicKey);

      await request.again("rekey");
      await request.verify();
      const rekeyed = await request.facts();
      expect(rekeyed.serial).not.toBe(renewed.serial);
      expect(rekeyed.publicKey).not.toBe(renewed.publicKey);
      expect(await lab.state(request.id)).toBe("MONITORING");
    });

    it("saves the roots that the directory trusts, and not the others", async () => {
      const request = await make("file");
      const saved = splitPem(readFileSync(request.rootsFile, "utf8")).map(({ base64 }) => base64);
      const root = (name: string) => splitPem(readFileSync(ipa.path(`tls/${name}.crt`), "utf8"))[0]?.base64;
      expect(saved).toContain(root("ca"));
      expect(saved).toContain(root("second"));
      expect(saved).not.toContain(root("distrusted"));
    });

    it("shows the reason of a refusal", async () => {
      const refusing = "IPA-refusing";
      await lab.addCa(refusing, [
        ...[runInLab, ipa.directory, executable("ipa-submit")],
        ...["-J", "https://ipa.example.test/ipa/x/e2100/json", "--state-directory", lab.path("refused")],
      ]);
      await lab.caIsSettled(refusing);
      const id = `request${++count}`;
      const places = ["-k", lab.path("refused.key"), "-f", lab.path("refused.pem")];
      await lab.tryGetcert("request", "-I", id, "-c", refusing, ...places, ...names, "-w");
      await lab.reaches(id, "CA_REJECTED");
      expect(await lab.getcert("list", "-i", id)).toMatch(/ca-error: .*2100 ACIError: .*; ipa service-add/);
    });
  },
);
