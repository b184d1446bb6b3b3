import { mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { openDaemon } from "../../src/daemon/daemon.ts";
import { CertmongerLab } from "./support/certmonger-lab.ts";
import { run } from "./support/run.ts";

const signer = fileURLToPath(new URL("../fixtures/helpers/sign-with-openssl.sh", import.meta.url));

/** The installed certmonger and this daemon take turns on one set of files. */
describe("the files of certmonger and of this daemon", () => {
  let lab: CertmongerLab | undefined;
  afterEach(async () => await lab?.stop());

  it("are taken up by the other, in both directions", async () => {
    lab = await CertmongerLab.start();
    mkdirSync(lab.path("out"));
    await run(signer, [lab.path("ca")], { environment: { CERTMONGER_OPERATION: "IDENTIFY" } });
    await lab.getcert("add-ca", "-c", "Test", "-e", `${signer} ${lab.path("ca")}`);
    await lab.caIsSettled("Test");
    await lab.getcert(
      "request",
      "-c",
      "Test",
      "-I",
      "theirs",
      "-N",
      "CN=theirs",
      "-D",
      "theirs.example.test",
      "-k",
      lab.path("out/theirs.key"),
      "-f",
      lab.path("out/theirs.pem"),
    );
    await lab.reaches("theirs", "MONITORING");
    await lab.stopDaemon();

    const directory = lab.path(".");
    const daemon = await openDaemon({ directory, configuration: "[defaults]\nnotification_method=none\n" });
    try {
      const theirs = daemon.findRequest("theirs");
      expect(theirs?.state).toBe("MONITORING");
      const serial = theirs?.record.cert_serial;
      await theirs?.resubmit();
      await theirs?.reaches("MONITORING");
      expect(theirs?.record.cert_serial).not.toBe(serial);
      const ours = await daemon.addRequest({
        id: "ours",
        ca_name: "Test",
        template_subject: "CN=ours",
        template_hostname: ["ours.example.test"],
        template_ipaddress: ["192.0.2.1"],
        template_eku: "id-kp-serverAuth",
        key_storage_type: "FILE",
        key_storage_location: lab.path("out/ours.key"),
        cert_storage_type: "FILE",
        cert_storage_location: lab.path("out/ours.pem"),
      });
      await ours.reaches("MONITORING");
    } finally {
      await daemon.stop();
    }

    const before = readFileSync(lab.path("out/ours.pem"), "utf8");
    await lab.startDaemon();
    const list = await lab.getcert("list");
    expect(list).toContain("Request ID 'ours':\n\tstatus: MONITORING");
    expect(list).toContain("Request ID 'theirs':\n\tstatus: MONITORING");
    expect(list).toContain("dns: ours.example.test");
    await lab.getcert("resubmit", "-i", "ours", "-w");
    await lab.getcert("rekey", "-i", "theirs", "-w");
    expect(await lab.state("ours")).toBe("MONITORING");
    expect(readFileSync(lab.path("out/ours.pem"), "utf8")).not.toBe(before);
  });
});
