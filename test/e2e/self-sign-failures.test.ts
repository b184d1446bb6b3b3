import { appendFileSync, chownSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import { expectAsDocumented } from "../helpers/self-sign/support/failure-table.ts";
import {
  type Failure,
  requestFailures,
  settingFailures,
  stateFailures,
} from "../helpers/self-sign/support/failures.ts";
import { executable } from "./support/executable.ts";
import { need } from "./support/peers.ts";
import { attempt, run } from "./support/run.ts";

const { leaveOut, note } = need("openssl");

describe.skipIf(leaveOut)(`self-sign-submit, as its README says${note}:`, () => {
  const command = [executable("self-sign-submit")];
  it.each([...requestFailures, ...settingFailures, ...stateFailures])("$name", async (failure) => {
    await expectAsDocumented(command, failure);
  });
});

/** A file system of one's own in the place of the state directory. */
async function mountTmpfs(directory: string, options: string): Promise<() => Promise<void>> {
  await run("mount", ["-t", "tmpfs", "-o", `mode=0700,${options}`, "tmpfs", directory]);
  return async () => {
    await run("umount", [directory]);
  };
}

/** Empty where this may mount file systems and give files away, else why tests are left out. */
async function rootNote(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "mount-"));
  const { exitStatus } = await attempt("mount", ["-t", "tmpfs", "tmpfs", directory]);
  if (exitStatus === 0) await run("umount", [directory]);
  return exitStatus === 0 ? "" : " (left out: needs root, and the right to mount)";
}

const nobody = 65_534;

const rootFailures: readonly Failure[] = [
  {
    name: "the CA's key is somebody else's",
    async arrange(directory, makeCa) {
      await makeCa();
      chownSync(join(directory, "ca-1.pem"), nobody, nobody);
      return {};
    },
  },
  {
    name: "the file system is read-only",
    async arrange(directory) {
      return { release: await mountTmpfs(directory, "ro,size=64k") };
    },
  },
  {
    name: "the disk is full",
    async arrange(directory) {
      const release = await mountTmpfs(directory, "size=64k");
      writeFileSync(join(directory, "filling"), Buffer.alloc(60_000));
      return { release };
    },
  },
  {
    name: "the disk is full when the certificate is put on the record",
    async arrange(directory, makeCa) {
      const release = await mountTmpfs(directory, "size=64k");
      await makeCa();
      // The next line of the record needs a page of its own.
      const record = join(directory, "issued.jsonl");
      appendFileSync(record, "\n".repeat(4096 - (statSync(record).size % 4096)));
      await attempt("dd", ["if=/dev/zero", `of=${join(directory, "filling")}`, "bs=1k", "count=64"]);
      return { release };
    },
  },
];

const noRoot = await rootNote();
describe.skipIf(leaveOut || noRoot !== "")(`self-sign-submit and its disk${note}${noRoot}:`, () => {
  const command = [executable("self-sign-submit")];
  it.each(rootFailures)("$name", async (failure) => {
    await expectAsDocumented(command, failure);
  });
});

const clock = need("faketime", "openssl");
describe.skipIf(clock.leaveOut)(`self-sign-submit and the clock${clock.note}:`, () => {
  const inTheYear2001 = ["faketime", "2001-01-01 00:00:00", executable("self-sign-submit")];

  it("the clock goes back before the CA's first moment", async () => {
    await expectAsDocumented(inTheYear2001, {
      name: "the clock goes back before the CA's first moment",
      // `makeCa` would live in 2001, too.
      async arrange(directory) {
        const environment = { CERTMONGER_OPERATION: "FETCH-ROOTS" };
        await run(executable("self-sign-submit"), ["-d", directory], { environment });
        return {};
      },
    });
  });
});
