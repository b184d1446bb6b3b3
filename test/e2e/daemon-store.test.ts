import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { openDaemon } from "../../src/daemon/daemon.ts";
import { CertmongerLab } from "./support/certmonger-lab.ts";
import { eventually } from "./support/eventually.ts";
import { OurDaemon } from "./support/our-daemon.ts";
import { need } from "./support/peers.ts";
import { run } from "./support/run.ts";

const { leaveOut, note } = need("certmonger", "openssl");
const signer = fileURLToPath(new URL("../fixtures/helpers/sign-with-openssl.sh", import.meta.url));

/** The installed certmonger and this daemon take turns on one set of files. */
describe.skipIf(leaveOut)(`the files of certmonger and of this daemon${note}`, () => {
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

describe.skipIf(leaveOut)(`the CAs that are always there${note}`, () => {
  /** Everything that is kept of them, without what differs from daemon to daemon. */
  const kept = (directory: string): string[] =>
    readdirSync(join(directory, "cas"))
      .map((file) => readFileSync(join(directory, "cas", file), "utf8"))
      .map((text) => text.replaceAll(directory, "%").replace(/\(certmonger(-helper)? [\d.]+\)/, ""))
      // The local CA is another one each time.
      .map((text) => text.replace(/BEGIN CERTIFICATE[\s\S]*?END CERTIFICATE/g, "CERTIFICATE"))
      .toSorted();

  it("are certmonger's: the one inside, and those of the helpers that it has installed here", async () => {
    const [lab, daemon] = [await CertmongerLab.start(), await OurDaemon.start()];
    try {
      for (const id of ["IPA", "dogtag-ipa-renew-agent", "local"]) await lab.caIsSettled(id);
      const isLike = () => kept(daemon.directory).join() === kept(lab.directory).join();
      await eventually("ours are the same", isLike, { deadlineMs: 20_000 }).catch(() => {});
      expect(kept(daemon.directory)).toEqual(kept(lab.directory));
      expect(kept(lab.directory)).toHaveLength(4);
    } finally {
      await Promise.all([lab.stop(), daemon.stop()]);
    }
  });
});
