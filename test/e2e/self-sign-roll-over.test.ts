import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { splitPem } from "../../protocol/index.ts";
import { CertmongerLab } from "./support/certmonger-lab.ts";
import { executable } from "./support/executable.ts";
import { LabRequest } from "./support/lab-request.ts";
import { need } from "./support/peers.ts";
import { run } from "./support/run.ts";

const { leaveOut, note } = need("certmonger", "getcert", "certutil", "openssl");

describe.skipIf(leaveOut)(`certmonger, when self-sign-submit has a new CA${note}`, () => {
  let lab: CertmongerLab;
  beforeAll(async () => {
    lab = await CertmongerLab.start();
    await lab.addCa("Lab", [executable("self-sign-submit"), "-d", lab.path("ca")]);
    await lab.caIsSettled("Lab");
  });
  afterAll(() => lab.stop());

  it.each(["file", "NSS database"] as const)(
    "gets the new root with the first certificate of the new CA, and keeps the old one, in a %s",
    async (storage) => {
      const id = storage === "file" ? "file" : "nss";
      const request = await LabRequest.make(lab, { id, ca: "Lab", storage });
      const before = await request.facts();
      await run(executable("self-sign-submit"), ["-d", lab.path("ca"), "roll-over"]);
      // Twice: the second time certmonger has the roots already.
      for (let time = 0; time < 2; time++) {
        await request.again("resubmit");
        expect(await lab.state(id)).toBe("MONITORING");
        await request.verify();
      }
      const after = await request.facts();
      expect(after.issuer).toBe(before.issuer);
      expect(after.serial).not.toBe(before.serial);
    },
  );

  it("asks for the roots again without a mix-up", async () => {
    await lab.getcert("refresh-ca", "-c", "Lab");
    await lab.caIsSettled("Lab");
    const request = await LabRequest.make(lab, { id: "later", ca: "Lab" });
    await request.again("resubmit");
    await request.verify();
    const roots = splitPem(readFileSync(request.rootsFile, "utf8")).map(({ text }) => text);
    // Two roll-overs: three roots, each once.
    expect(roots).toHaveLength(3);
    expect(new Set(roots).size).toBe(3);
  });
});
