import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ExitStatus } from "../../protocol/index.ts";
import { stateMeanings } from "../../src/cli/explain/states.ts";
import { explainStatus, statusMeanings } from "../../src/cli/explain/statuses.ts";
import { runCli } from "./run-cli.ts";

describe("explainStatus", () => {
  it("knows every exit status of the protocol by its number", () => {
    for (const [name, status] of Object.entries(ExitStatus)) {
      expect(explainStatus(status).name).toBe(name);
    }
    expect(Object.keys(statusMeanings).sort()).toEqual(Object.keys(ExitStatus).sort());
  });

  it.each([7, 15, 18, 42, 126, 127, 255])("says of %i that certmonger does not know it", (status) => {
    expect(explainStatus(status)).not.toHaveProperty("name");
    expect(explainStatus(status).meaning.enrollment).toContain("NEED_GUIDANCE");
  });

  it("names only states that it can explain", () => {
    const text = JSON.stringify(statusMeanings);
    for (const state of text.match(/\b[A-Z]+_[A-Z_]+\b/g) ?? []) {
      expect(stateMeanings).toHaveProperty(state);
    }
  });
});

describe("explain", () => {
  it.each([
    { topic: "5", first: "Exit status 5 (wait with delay): not yet" },
    { topic: "0", first: "Exit status 0 (issued): " },
    { topic: "needrekey", first: "Exit status 17 (need rekey): " },
    { topic: "127", first: "Exit status 127: nothing that certmonger knows" },
    { topic: "ca_unreachable", first: "CA_UNREACHABLE\n" },
    { topic: "CA_REJECTED", first: "CA_REJECTED (stuck)\n" },
  ])("$topic", async ({ topic, first }) => {
    const { exitCode, stdout, stderr } = await runCli(["explain", topic]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout.startsWith(first)).toBe(true);
  });

  it("without a topic: all exit statuses, no line longer than 100 characters", async () => {
    const { stdout } = await runCli(["explain"]);
    for (const status of Object.values(ExitStatus)) {
      expect(stdout).toContain(`Exit status ${status} `);
    }
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it.each([["nonsense"], ["1", "2"]])("%s: exit code 2", async (...topics) => {
    expect(await runCli(["explain", ...topics])).toMatchObject({ exitCode: 2, stdout: "" });
  });

  const daemon = "/usr/sbin/certmonger";
  const hasDaemon = (() => {
    try {
      return readFileSync(daemon).includes("NEED_GUIDANCE");
    } catch {
      return false;
    }
  })();
  it.runIf(hasDaemon)("names only states that the installed certmonger has (needs certmonger)", () => {
    const program = readFileSync(daemon, "latin1");
    for (const state of Object.keys(stateMeanings)) {
      expect(program.includes(`${state}\0`), state).toBe(true);
    }
  });
});
