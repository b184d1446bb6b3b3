import { convert, type OptionValue } from "../sdk/convert-option.ts";
import { parseFlags } from "../sdk/flags.ts";
import { flagName, type OptionTable, type OptionValues } from "../sdk/option-table.ts";

/** One command of `certmonger-helper`. */
export interface Command<T extends OptionTable> {
  readonly name: string;
  /** What follows the name: `[options] -- HELPER [ARGUMENT...]`. */
  readonly usage: string;
  readonly describe: string;
  readonly options: T;
  /** What `--help` says after the options: examples, exit statuses. */
  readonly epilogue: string;
  /** @returns the exit code of the process */
  run(values: OptionValues<T>, words: Words): Promise<number>;
}

/** What stands on the command line beside the options. */
export interface Words {
  /** Before `--`. */
  readonly operands: readonly string[];
  /** After `--`; absent when there was no `--`. */
  readonly rest?: readonly string[];
}

/** A command behind a face without its option types, so that commands of all kinds fit into one table. */
export interface AnyCommand extends Omit<Command<OptionTable>, "run"> {
  run(argv: readonly string[]): Promise<number>;
}

/** What is wrong with a command line: exit code 2. Each problem is one line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly problems: readonly string[];

  constructor(...problems: string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** A command that is given its arguments and reads its options out of them. */
export function defineCommand<T extends OptionTable>(command: Command<T>): AnyCommand {
  return {
    ...command,
    run: async (argv) => {
      const { values, words } = readCommandLine(command.options, argv);
      return await command.run(values, words);
    },
  };
}

/** @throws {UsageError} with all that is wrong */
function readCommandLine<T extends OptionTable>(
  table: T,
  argv: readonly string[],
): { values: OptionValues<T>; words: Words } {
  const end = argv.indexOf("--");
  const flags = parseFlags(table, end < 0 ? argv : argv.slice(0, end));
  const problems = [...flags.problems];
  const values: Record<string, OptionValue | undefined> = {};
  for (const [key, definition] of Object.entries(table)) {
    const where = `--${flagName(key)}`;
    const converted = convert(definition, { where, words: flags.words.get(key) ?? definition.default });
    problems.push(...converted.problems);
    values[key] = converted.value;
  }
  if (problems.length > 0) {
    throw new UsageError(...problems);
  }
  const words = { operands: flags.positionals, ...(end >= 0 && { rest: argv.slice(end + 1) }) };
  // `convert` gave each key the kind that its definition promises, which the compiler can not follow.
  return { values: values as OptionValues<T>, words };
}
