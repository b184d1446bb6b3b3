import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import type { OptionValues } from "../../sdk/option-table.ts";
import { flagName } from "../../sdk/option-table.ts";
import { type ConformanceOptions, NotRunError } from "../../testing/conformance.ts";
import { readCsr } from "../../x509/csr.ts";
import { X509Error } from "../../x509/error.ts";
import { UsageError, type Words } from "../command.ts";
import { expectWordsApart } from "../helper-words.ts";
import { conformanceOptions } from "./options.ts";

export type ConformanceValues = OptionValues<typeof conformanceOptions>;

/**
 * What the command line asks for; reads the files that it names.
 *
 * @throws {UsageError} for what does not fit together, and for files that can not be used
 */
export async function planConformance(values: ConformanceValues, words: Words): Promise<ConformanceOptions> {
  const command = [...(words.rest ?? words.operands)];
  if (command.length === 0)
    throw new UsageError("no helper was given: certmonger-helper conformance -- HELPER");
  if (words.rest !== undefined && words.operands.length > 0) {
    throw new UsageError(`${words.operands.join(" ")} stands before --: what comes after it is the helper`);
  }
  expectWordsApart(command, "-- HELPER ARGUMENT...");
  if (values.json && values.tap) throw new UsageError("--json and --tap both write to stdout: choose one");
  if (!Number.isInteger(values.jobs) || values.jobs < 1)
    throw new UsageError("--jobs is a whole number from 1");
  const csr = values.csr === undefined ? undefined : await readCsrFile(values.csr);
  const secrets = await Promise.all(values.secret.map(readSecret));
  const environment =
    values.environmentFile === undefined ? undefined : parseEnv(await read(values.environmentFile));
  return {
    command,
    only: values.only,
    skip: values.skip,
    timeoutSeconds: values.timeout,
    settleSeconds: values.settle,
    jobs: values.jobs,
    secrets,
    serverTemplate: values.serverTemplate,
    ...(csr !== undefined && { csr }),
    ...(environment !== undefined && { environment: definedOnly(environment) }),
    ...(values.profile !== undefined && { profile: values.profile }),
    ...(isExpectation(values.expect) && { expect: values.expect }),
    ...(values.serverOption !== undefined && { serverOption: values.serverOption }),
    ...(values.serverCaOption !== undefined && { serverCaOption: values.serverCaOption }),
    ...(values.stateOption !== undefined && { stateOption: values.stateOption }),
  };
}

/** The options of this run that a second run of one check needs as well. */
export function optionsToRepeat(values: ConformanceValues): string[] {
  const left: readonly string[] = ["only", "skip", "full", "list", "json", "tap", "junit", "html", "cleanup"];
  return Object.entries(conformanceOptions).flatMap(([key, definition]) => {
    const value = Object.entries(values).find(([name]) => name === key)?.[1];
    if (left.includes(key) || value === undefined || isDefault(definition, value)) return [];
    const flag = `--${flagName(key)}`;
    return [value].flat().flatMap((one) => [`${flag}=${String(one)}`]);
  });
}

function isDefault(definition: object, value: unknown): boolean {
  const given = "default" in definition ? definition.default : undefined;
  return value === given || `${String(value)}s` === given;
}

function isExpectation(text: string | undefined): text is NonNullable<ConformanceOptions["expect"]> {
  const known: readonly (string | undefined)[] = conformanceOptions.expect.choices;
  return text !== undefined && known.includes(text);
}

function definedOnly(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

async function readCsrFile(path: string): Promise<string> {
  const csr = await read(path);
  try {
    readCsr(csr);
    return csr;
  } catch (error) {
    if (error instanceof X509Error) throw new UsageError(`${path} is no CSR: ${error.message}`);
    throw error;
  }
}

/** The first line, byte for byte. */
async function readSecret(path: string): Promise<string> {
  const [line = ""] = (await read(path, "latin1")).split(/\r?\n/);
  if (line.length < 4) throw new UsageError(`the first line of ${path} is too short to be looked for`);
  return line;
}

async function read(path: string, encoding: "utf8" | "latin1" = "utf8"): Promise<string> {
  try {
    return await readFile(path, encoding);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^(\w+): /, "") : String(error);
    throw new UsageError(`can not read ${path}: ${reason}`);
  }
}

export { NotRunError };
