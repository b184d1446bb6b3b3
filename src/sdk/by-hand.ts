import { readFileSync } from "node:fs";
import { isatty } from "node:tty";
import { decodeInvocation, type Environment, type Invocation } from "../../protocol/index.ts";
import { FileError } from "../files/error.ts";
import { check } from "./check.ts";
import type { Helper, HelperContext } from "./helper.ts";
import { firstLine } from "./option-files.ts";
import type { OptionTable } from "./option-table.ts";
import type { OptionsRead } from "./options.ts";
import { writeReply } from "./reply-channel.ts";

/** A person is served and the run ends with a status, or the run goes on as certmonger's would. */
export type Served = { readonly exitStatus: number } | { readonly invocation: Invocation };

const misused = 4;

/**
 * A run without `CERTMONGER_OPERATION`: help, version, `--check`, a command of the helper; or a try of an
 * operation, with the CSR from the environment, a named file or stdin (as certmonger's own helpers take it,
 * certmonger 0.79.21 src/local.c, main).
 */
export async function servePerson<O extends OptionTable>(
  helper: Helper<O>,
  options: OptionsRead,
  context: HelperContext<O>,
  environment: Environment,
): Promise<Served> {
  const { common, positionals, problems } = options;
  if (common.version) return say(`${helper.name} ${helper.version}`, 0);
  if (common.help) return say(await usage(helper), 0);
  if (common.check) return { exitStatus: await check(helper, options, context) };
  if (problems.length > 0) return refuse(helper, problems);

  const [word, ...rest] = positionals;
  const command = new Map(Object.entries(helper.commands ?? {})).get(word ?? "");
  if (command !== undefined) {
    const print = (text: string) => writeReply(text.endsWith("\n") ? text : `${text}\n`);
    return { exitStatus: (await command.run(rest, { ...context, print })) ?? 0 };
  }
  if (rest.length > 0) return refuse(helper, [`"${rest.join(" ")}" is one word too many`]);
  return await invocationByHand(helper, options, environment, word);
}

async function invocationByHand<O extends OptionTable>(
  helper: Helper<O>,
  { common }: OptionsRead,
  environment: Environment,
  csrFile: string | undefined,
): Promise<Served> {
  const variables = {
    ...environment,
    ...(common.operation !== undefined && { CERTMONGER_OPERATION: common.operation }),
    ...(common.cookie !== undefined && { CERTMONGER_CA_COOKIE: common.cookie }),
  };
  const invocation = decodeInvocation(variables);
  if (!("request" in invocation) || invocation.request.csr !== "") return { invocation };
  try {
    const csr = csrFile !== undefined ? asPem(readFileSync(csrFile)) : readStdin();
    if (csr === "" && isatty(0)) {
      process.stderr.write(await usage(helper));
      return { exitStatus: misused };
    }
    return { invocation: decodeInvocation({ ...variables, CERTMONGER_CSR: csr }) };
  } catch (error) {
    const commands = Object.keys(helper.commands ?? {});
    const others = commands.length === 0 ? "" : ` (nor is it one of the commands: ${commands.join(", ")})`;
    const reason = firstLine(csrFile === undefined ? error : FileError.from(error, "read", csrFile));
    return refuse(helper, [`there is no CSR: ${reason}${others}`]);
  }
}

/** Nothing from a terminal, and nothing from a stdin that is closed. */
function readStdin(): string {
  if (isatty(0)) return "";
  try {
    return asPem(readFileSync(0));
  } catch {
    return "";
  }
}

/** certmonger hands over PEM; a file may hold the DER. */
function asPem(bytes: Buffer): string {
  const sequenceTag = 0x30;
  if (bytes[0] !== sequenceTag || bytes.includes("-----BEGIN")) return bytes.toString("utf8");
  const lines = bytes.toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines}\n-----END CERTIFICATE REQUEST-----\n`;
}

async function usage<O extends OptionTable>(helper: Helper<O>): Promise<string> {
  const { describeUsage } = await import("./usage.ts");
  return await describeUsage(helper);
}

function say(text: string, exitStatus: number): Served {
  writeReply(text.endsWith("\n") ? text : `${text}\n`);
  return { exitStatus };
}

/** On stdout, like every reason of a helper, so that a script that calls it finds it in one place. */
function refuse(helper: Pick<Helper, "name">, problems: readonly string[]): Served {
  return say(`${helper.name} can not run: ${problems.join("; ")}`, misused);
}
