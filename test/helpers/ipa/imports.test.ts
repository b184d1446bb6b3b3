import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCommand } from "../../../src/process/run-command.ts";
import { type FakeIpa, startFakeIpa } from "../../../src/testing/servers/fake-ipa.ts";
import { makeMachine, submission } from "./support/run.ts";

let ipa: FakeIpa;

beforeAll(async () => {
  ipa = await startFakeIpa();
});
afterAll(async () => {
  await ipa.close();
});

const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const realMain = pathOf("../../../helpers/ipa/main.ts");
const mainWithFakeKerberos = pathOf("./support/machine-main.ts");

/** Runs the helper, and says what it imported on its way: files of ours, modules of Node, packages. */
async function importsOf(main: string, operation: string, words: readonly string[] = []) {
  const machine = makeMachine(ipa);
  const variables = { ...submission(), CERTMONGER_OPERATION: operation };
  const { command, environment } = machine.commandLine(words, variables);
  const list = join(machine.directory, "imports");
  // No KDC is asked, wherever this runs.
  const realm = join(machine.directory, "krb5.conf");
  writeFileSync(realm, "[libdefaults]\ndefault_realm = EXAMPLE.TEST\ndns_lookup_kdc = false\n");
  const run = await runCommand({
    argv: command.map((word) => (word === mainWithFakeKerberos ? main : word)),
    environment: {
      ...{ ...environment, KRB5_CONFIG: realm },
      NODE_OPTIONS: `--import=${pathOf("../../support/list-imports.mjs")}`,
      TEST_IMPORTS: list,
    },
    deadlineMs: 60_000,
  });
  if (run.status !== "exited") throw new Error(`it did not exit: ${run.status}`);
  return { exitStatus: run.exitStatus, imports: readFileSync(list, "utf8").split("\n") };
}

/** Each is dear, and nothing that certmonger asks every day needs it (docs/performance.md). */
const dear = [
  ...["dotenv", "node-forge", "undici", "yargs"],
  ...["node:child_process", "node:fs/promises", "node:perf_hooks", "node:worker_threads"],
];
const forServers = ["node:crypto", "node:http", "node:https", "node:net", "node:tls", "koffi"];

it.each([
  "IDENTIFY",
  "GET-NEW-REQUEST-REQUIREMENTS",
  "GET-RENEW-REQUEST-REQUIREMENTS",
  "GET-DEFAULT-TEMPLATE",
])("%s imports nothing for talking to servers", async (operation) => {
  const { exitStatus, imports } = await importsOf(realMain, operation);
  expect(exitStatus).toBe(0);
  expect(imports).toContain("helpers/ipa/helper.ts");
  expect(imports.filter((name) => [...dear, ...forServers].includes(name))).toEqual([]);
});

it.each(["SUBMIT", "GET-SUPPORTED-TEMPLATES"])("%s imports nothing that is dear", async (operation) => {
  const { exitStatus, imports } = await importsOf(mainWithFakeKerberos, operation);
  expect(exitStatus).toBe(0);
  expect(imports).toContain("node:tls");
  expect(imports.filter((name) => dear.includes(name))).toEqual([]);
});

it("a ticket needs nothing that is dear", async () => {
  const words = ["-t", "/nonexistent", "-k", "host/client.example.test"];
  const { exitStatus, imports } = await importsOf(realMain, "SUBMIT", words);
  expect([3, 4]).toContain(exitStatus);
  expect(imports).toContain("src/kerberos/system.ts");
  expect(imports.filter((name) => dear.includes(name))).toEqual([]);
});
