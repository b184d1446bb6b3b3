import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Environment } from "../../../../protocol/index.ts";
import { helperEnvironment } from "../../../../src/process/helper-environment.ts";
import { runCommand } from "../../../../src/process/run-command.ts";
import { createCsr } from "../../../../src/x509/csr.ts";
import { generateKey } from "../../../../src/x509/keys.ts";
import { newDirectory } from "../../../support/directory.ts";

export interface Ran {
  readonly exitStatus: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly firstLine: string;
}

/** A machine of its own: its `/etc/ipa` and its state directory. */
export interface TestMachine {
  readonly directory: string;
  /** Masters that an earlier run learned of, by name and port. */
  rememberMasters(...names: string[]): void;
  /** What a run consists of, for a test that starts it in a way of its own. */
  commandLine(
    args: readonly string[],
    variables?: Environment,
  ): { readonly command: string[]; readonly environment: Record<string, string> };
  /** Runs the helper as certmonger does (wiped environment, closed stdin), with these variables on top. */
  run(args: readonly string[], variables?: Environment): Promise<Ran>;
}

/** The machine of a client whose IPA server is this one. */
export function makeMachine(server?: { name: string; caCertificate: string }): TestMachine {
  const directory = newDirectory();
  mkdirSync(join(directory, "state"), { mode: 0o700 });
  if (server !== undefined) {
    const lines = ["[global]", `server = ${server.name}`, "domain = example.test", "realm = EXAMPLE.TEST"];
    writeFileSync(join(directory, "default.conf"), `${lines.join("\n")}\n`);
    writeFileSync(join(directory, "ca.crt"), server.caCertificate);
  }
  const main = fileURLToPath(new URL("./machine-main.ts", import.meta.url));
  const commandLine: TestMachine["commandLine"] = (args, variables = {}) => ({
    command: [process.execPath, main, "--state-directory", join(directory, "state"), ...args],
    environment: { ...helperEnvironment(), TEST_MACHINE: directory, ...definedOf(variables) },
  });
  return {
    directory,
    rememberMasters(...masters) {
      const content = JSON.stringify({ version: 1, down: {}, masters });
      writeFileSync(join(directory, "state", "servers.json"), content);
    },
    commandLine,
    async run(args, variables) {
      const { command, environment } = commandLine(args, variables);
      const run = await runCommand({ argv: command, environment, deadlineMs: 60_000 });
      if (run.status === "not-started") throw new Error(run.reason);
      const stdout = Buffer.from(run.stdout).toString("utf8");
      return {
        exitStatus: run.status === "exited" ? run.exitStatus : undefined,
        stdout,
        stderr: run.stderr,
        firstLine: stdout.split("\n", 1)[0] ?? "",
      };
    },
  };
}

function definedOf(variables: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

export const principal = "HTTP/client.example.test@EXAMPLE.TEST";

const keyPair = generateKey("EC-P256");

/** A CSR with a name of its own for each call: the same one would get the certificate that is kept for it. */
export function newCsr(subject = "CN=client.example.test"): string {
  const subjectAltNames = [{ type: "dns", value: `name-${counter++}.example.test` }] as const;
  return createCsr({ subject, keyPair, subjectAltNames });
}

let counter = 0;

/** The variables of a SUBMIT for `principal`. */
export function submission(more: Environment = {}): Environment {
  return {
    CERTMONGER_OPERATION: "SUBMIT",
    CERTMONGER_CSR: newCsr(),
    CERTMONGER_REQ_PRINCIPAL: principal,
    ...more,
  };
}
