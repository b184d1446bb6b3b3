import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ConformanceOptions,
  checkConformance,
  NotRunError,
  SelectionError,
} from "../../src/testing/index.ts";
import { processesWith } from "../../src/testing/run-processes.ts";
import { FixtureState, fixtures } from "./support/fixture-state.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "bad-use-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function helper(name: string, text: string, mode = 0o755): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

/** The musts that failed. */
async function failures(
  command: readonly string[],
  options: Partial<ConformanceOptions> = {},
): Promise<string[]> {
  const report = await checkConformance({ command, ...options });
  return report.results
    .filter(({ verdict, severity }) => verdict === "failed" && severity === "must")
    .map(({ id }) => id);
}

describe("a helper that can not be tried", () => {
  it("is not there: the message names the file", async () => {
    await expect(checkConformance({ command: ["/nonexistent/helper"] })).rejects.toThrow(
      new NotRunError("no such file: /nonexistent/helper"),
    );
  });

  it("was not given", async () => {
    await expect(checkConformance({ command: [] })).rejects.toThrow("no helper was given");
  });

  it("is not executable", async () => {
    const path = await helper("plain-file", "#!/bin/sh\nexit 6\n", 0o644);
    await expect(checkConformance({ command: [path] })).rejects.toThrow(`not executable: ${path}`);
  });

  it("has an interpreter that is missing", async () => {
    const path = await helper("no-interpreter", "#!/opt/nowhere/python9\n");
    await expect(checkConformance({ command: [path] })).rejects.toThrow(
      `no such file: /opt/nowhere/python9 (interpreter of ${path})`,
    );
  });

  it("has a name that no check has", async () => {
    const path = await helper("right", "#!/bin/sh\nexit 6\n");
    const trial = checkConformance({ command: [path], only: ["enrol"] });
    await expect(trial).rejects.toThrow(SelectionError);
  });
});

describe("a helper that does its worst", () => {
  it("crashes at once: a finding says so", async () => {
    const path = await helper("crash", "#!/bin/sh\nkill -SEGV $$\n");
    expect(await failures([path], { only: ["enroll", "operations.query-status"] })).toEqual([
      "operations.query-status",
      "enroll.status",
    ]);
  });

  it("prints without an end: a finding says so, and the memory stays bounded", async () => {
    const path = await helper("yes", "#!/bin/sh\nexec head -c 1000000000 /dev/zero\n");
    const before = process.memoryUsage.rss();
    expect(await failures([path], { only: ["hygiene.output-size"] })).toEqual(["hygiene.output-size"]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(300 * 1024 * 1024);
  });

  it("makes a daemon of itself with stdout open: a finding says so, and no process is left", async () => {
    const path = await helper("daemon", "#!/bin/sh\necho x\nsetsid sleep 300 &\n");
    expect(await failures([path], { only: ["hygiene.stdout-held"], timeoutSeconds: 1, jobs: 8 })).toEqual([
      "hygiene.stdout-held",
    ]);
    expect(await sleepers("300")).toEqual([]);
  }, 60_000);

  it("makes a daemon in a session of its own: no process is left", async () => {
    const path = await helper("daemon-apart", "#!/bin/sh\necho x\nsetsid sleep 301 >/dev/null 2>&1 &\n");
    const report = await checkConformance({ command: [path], only: ["hygiene.process-left"] });
    expect(report.results.find(({ id }) => id === "hygiene.process-left")).toMatchObject({
      verdict: "failed",
      finding: expect.stringContaining("sleep was still running"),
    });
    expect(await sleepers("301")).toEqual([]);
  });

  it("never ends: the other runs do not wait as long, and the trial is over soon", async () => {
    const path = await helper("hang", "#!/bin/sh\nexec sleep 302\n");
    const report = await checkConformance({
      command: [path],
      timeoutSeconds: 1,
      jobs: 8,
      only: ["enroll", "hygiene.deadline"],
    });
    expect(report.results.find(({ id }) => id === "hygiene.deadline")).toMatchObject({ verdict: "failed" });
    expect(await sleepers("302")).toEqual([]);
  }, 60_000);

  it("leaks a secret: the report does not repeat it", async () => {
    const path = await helper("leak", "#!/bin/sh\necho 'password hunter22 refused'\nexit 2\n");
    const report = await checkConformance({
      command: [path],
      secrets: ["hunter22"],
      only: ["hygiene.secret-output"],
    });
    expect(report.summary.failedMust).toBe(1);
    expect(JSON.stringify(report)).not.toContain("hunter22");
    expect(JSON.stringify(report)).toContain("password [secret] refused");
  });

  it("is stopped when the caller gives up", async () => {
    const path = await helper("slow", "#!/bin/sh\nexec sleep 303\n");
    const controller = new AbortController();
    const trial = checkConformance({
      command: [path],
      signal: controller.signal,
      onCheck: () => controller.abort(new Error("enough")),
    });
    await expect(trial).rejects.toThrow("enough");
    expect(await sleepers("303")).toEqual([]);
  });
});

describe("the processes of a run", () => {
  it("are found by a variable of their own", () => {
    expect(processesWith("TMPDIR=/nonexistent/of/nobody")).toEqual([]);
  });
});

describe("a CSR of the caller", () => {
  it("is the plain request, and the others ask for its names with other keys", async () => {
    const state = await FixtureState.make();
    const { makeSample } = await import("../../src/testing/index.ts");
    const model = makeSample({ subject: "CN=given.example.test" });
    const subjects = new Set<string | undefined>();
    const csrs = new Set<string | undefined>();
    await checkConformance({
      command: [join(fixtures, "right/issue.sh"), await state.fresh()],
      csr: model.csr,
      only: ["hygiene.locale"],
      onRun: ({ environment }) => {
        subjects.add(environment.CERTMONGER_REQ_SUBJECT);
        csrs.add(environment.CERTMONGER_CSR);
      },
    });
    expect([...subjects]).toEqual(["CN=given.example.test"]);
    expect(csrs.has(model.csr)).toBe(true);
    expect(csrs.size).toBe(3);
    await state.remove();
  });
});

/** Processes `sleep SECONDS` that are still there. */
async function sleepers(seconds: string): Promise<string[]> {
  const { readdir } = await import("node:fs/promises");
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return lines.filter((line) => line === `sleep\0${seconds}\0`);
}
