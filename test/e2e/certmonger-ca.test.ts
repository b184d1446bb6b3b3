import { mkdir, readFile, writeFile } from "node:fs/promises";
import { afterEach, describe, expect, it } from "vitest";
import { CertmongerLab } from "./support/certmonger-lab.ts";
import { eventually } from "./support/eventually.ts";
import { executable } from "./support/executable.ts";
import { LabRequest } from "./support/lab-request.ts";
import { need } from "./support/peers.ts";
import { run } from "./support/run.ts";

const { leaveOut, note } = need("certmonger", "getcert", "dbus-send", "dbus-daemon", "openssl");

describe.skipIf(leaveOut)(`what certmonger knows of a CA served by self-sign-submit${note}`, () => {
  const ca = "Lab";
  let lab: CertmongerLab;
  afterEach(() => lab.stop());

  it("shows our IDENTIFY in getcert list-cas -v", async () => {
    lab = await CertmongerLab.start();
    const helper = executable("self-sign-submit");
    await lab.addCa(ca, [helper, "-d", lab.path("ca")]);
    await lab.caIsSettled(ca);
    const identity = await run(helper, [], { environment: { CERTMONGER_OPERATION: "IDENTIFY" } });
    expect(identity).toContain("self-sign-submit");
    expect(await lab.getcert("list-cas", "-c", ca, "-v")).toContain(
      `self-identifies as: ${identity.trim()}\n`,
    );
  });

  it("keeps the root of a local-submit whose directory is handed over", async () => {
    lab = await CertmongerLab.start();
    const directory = lab.path("local-ca");
    await mkdir(directory, { mode: 0o700 });
    await lab.addCa(ca, ["/usr/lib/certmonger/local-submit", "-d", directory]);
    await lab.caIsSettled(ca);
    const request = await LabRequest.make(lab, { id: "taken-over", ca });
    const root = await readFile(request.rootsFile, "utf8");
    const before = await request.facts();

    const ours = lab.helperCommand([executable("self-sign-submit"), "-d", directory]);
    await lab.getcert("modify-ca", "-c", ca, "-e", ours);
    const questions = lab.helperRuns("FETCH-ROOTS").length;
    await lab.getcert("refresh-ca", "-c", ca);
    await eventually("our roots are asked for", () => lab.helperRuns("FETCH-ROOTS").length > questions);
    await lab.caIsSettled(ca);
    await request.again("resubmit");

    expect(await readFile(request.rootsFile, "utf8")).toBe(root);
    await request.verify();
    const after = await request.facts();
    expect(after.issuer).toBe(before.issuer);
    expect(after.serial).not.toBe(before.serial);
    expect(after.publicKey).toBe(before.publicKey);
  });

  it("shows the profiles of a policy, issues by the one asked for and names the rule that a request breaks", async () => {
    lab = await CertmongerLab.start({ bus: true });
    const policy = lab.path("policy.json");
    const names = { dns: ["*.example.test"], commonName: ["*.example.test"] };
    const profiles = { web: { validity: "90d", names }, "short-lived": { validity: "12h", names } };
    await writeFile(policy, JSON.stringify({ defaultProfile: "web", profiles }), { mode: 0o600 });
    await lab.addCa(ca, [executable("self-sign-submit"), "-d", lab.path("ca"), "--policy", policy]);
    await lab.caIsSettled(ca);

    const supported = await lab.caProperty(ca, "supported-profiles");
    expect(supported.match(/[\w-]+(?=\s)/g)?.slice(-2)).toEqual(["web", "short-lived"]);
    expect(await lab.getcert("list-cas", "-c", ca)).toContain("default profile/template/certtype: web\n");

    const allowed = ["-N", "CN=www.example.test", "-D", "www.example.test"];
    const issued = await LabRequest.make(lab, {
      id: "issued",
      ca,
      names: allowed,
      more: ["-T", "short-lived"],
    });
    const { notBefore, notAfter } = await issued.facts();
    expect(notAfter.getTime() - notBefore.getTime()).toBeLessThan(13 * 60 * 60 * 1000);

    const forbidden = ["-N", "CN=www.example.test", "-D", "www.example.org"];
    await expect(LabRequest.make(lab, { id: "rejected", ca, names: forbidden })).rejects.toThrow(
      "exit status 2",
    );
    expect(await lab.state("rejected")).toBe("CA_REJECTED");
    const list = await lab.getcert("list", "-i", "rejected");
    expect(list).toMatch(
      /^\tca-error: profile "web" does not allow DNS name "www\.example\.org".*names\.dns/m,
    );
  });

  it("runs pre- and post-save commands around a certificate of ours", async () => {
    lab = await CertmongerLab.start({ bus: true });
    await lab.addCa(ca, [executable("self-sign-submit"), "-d", lab.path("ca")]);
    await lab.caIsSettled(ca);
    const [pre, post] = [lab.path("pre-saved"), lab.path("post-saved")];
    const commands = ["-B", `/usr/bin/touch ${pre}`, "-C", `/usr/bin/touch ${post}`];
    const request = await LabRequest.make(lab, { id: "hooks", ca, more: commands });
    await request.verify();
    await run("test", ["-e", pre, "-a", "!", pre, "-nt", request.certificateFile]);
    await run("test", ["-e", post, "-a", "!", post, "-ot", request.certificateFile]);
  });
});
