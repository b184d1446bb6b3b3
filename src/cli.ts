import { type AnyCommand, UsageError } from "./cli/command.ts";
import { flagName } from "./sdk/option-table.ts";
import { version } from "./version.ts";

interface Entry {
  readonly describe: string;
  /** Loads the command alone, not the others. */
  readonly load: () => Promise<AnyCommand>;
  /** It has commands of its own, each with its own help. */
  readonly helpsItself?: boolean;
}

const commands: Readonly<Record<string, Entry>> = {
  conformance: {
    describe: "judge a helper: which rules it breaks, and what certmonger would do then",
    load: async () => (await import("./cli/conformance.ts")).command,
  },
  enroll: {
    describe: "run a helper as certmonger does, and show each step and the certificate",
    load: async () => (await import("./cli/enroll.ts")).command,
  },
  daemon: {
    describe: "a small certmonger with a clock that can be moved, to try a helper with",
    load: async () => (await import("./cli/daemon.ts")).command,
  },
  explain: {
    describe: "what an exit status or a state means, and what certmonger does next",
    load: async () => (await import("./cli/explain.ts")).command,
  },
  getcert: {
    describe: "certmonger's getcert: request, list and renew certificates of a running daemon",
    load: async () => (await import("./cli/getcert.ts")).command,
    helpsItself: true,
  },
};

/** Exit codes of this program. Of a command's own meaning for 1, see its `--help`. */
const ExitCode = { done: 0, failed: 1, usage: 2 } as const;

/** Runs `certmonger-helper ARGUMENT...`; @returns the exit code of the process */
export async function runCli(argv: readonly string[]): Promise<number> {
  process.stdout.on("error", endWhenNobodyReads);
  const [name, ...rest] = argv[0] === "help" && argv[1] !== undefined ? [argv[1], "--help"] : argv;
  try {
    if (name === "--version") {
      process.stdout.write(`${version}\n`);
      return ExitCode.done;
    }
    if (name === undefined || isHelp(name)) {
      (name === undefined ? process.stderr : process.stdout).write(overview());
      return name === undefined ? ExitCode.usage : ExitCode.done;
    }
    const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (entry === undefined) {
      throw new UsageError(`there is no command "${name}": ${Object.keys(commands).join(", ")}`);
    }
    const command = await entry.load();
    if (asksForHelp(rest) && !entry.helpsItself) {
      process.stdout.write(await describeCommand(command));
      return ExitCode.done;
    }
    return await command.run(rest);
  } catch (error) {
    return reportFailure(name, error);
  }
}

function reportFailure(name: string | undefined, error: unknown): number {
  const prefix = ["certmonger-helper", name].filter(Boolean).join(" ");
  if (error instanceof UsageError) {
    for (const problem of error.problems) {
      process.stderr.write(`${prefix}: ${problem}\n`);
    }
    return ExitCode.usage;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${prefix}: ${message.split("\n")[0]}\n`);
  return ExitCode.failed;
}

/** `certmonger-helper enroll ... | head` is no failure of ours, and not worth a stack trace. */
function endWhenNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") {
    throw error;
  }
  process.exit(ExitCode.failed);
}

function isHelp(word: string): boolean {
  return word === "--help" || word === "-h" || word === "help";
}

/** Only before `--`: what follows belongs to the helper. */
function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end < 0 ? argv : argv.slice(0, end)).some((word) => word === "--help" || word === "-h");
}

function overview(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(
    ([name, { describe }]) => `  ${name.padEnd(width)}  ${describe}`,
  );
  return [
    "certmonger-helper: run, try and judge CA helpers for certmonger.",
    "",
    "Usage: certmonger-helper COMMAND [options]",
    "",
    ...lines,
    "",
    "  certmonger-helper COMMAND --help",
    "  certmonger-helper --version",
    "",
  ].join("\n");
}

/** yargs lays out the options; it takes 30 ms to load, so only `--help` pays for it. */
async function describeCommand(command: AnyCommand): Promise<string> {
  const { default: yargs } = await import("yargs");
  const parser = yargs([])
    .usage(`Usage: certmonger-helper ${command.name} ${command.usage}\n\n${command.describe}`)
    .help(false)
    .version(false)
    .wrap(100)
    .epilogue(command.epilogue);
  for (const [key, { type, describe, alias, choices, default: value }] of Object.entries(command.options)) {
    parser.option(flagName(key), {
      type: type === "duration" || type === "secret" ? "string" : type,
      describe,
      alias: [alias ?? []].flat(),
      ...(choices && { choices }),
      ...(value !== undefined && { default: value }),
    });
  }
  return `${await parser.getHelp()}\n`;
}
