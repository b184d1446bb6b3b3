import { flagName, type OptionDefinition, type OptionTable } from "./option-table.ts";

/** What stands on the command line, before anything is converted. */
export interface Flags {
  /** By key of the option table; the words as given, in their order. A flag without a word counts as "true". */
  readonly words: ReadonlyMap<string, readonly string[]>;
  readonly positionals: readonly string[];
  /** One line each: unknown flags, flags without their value. */
  readonly problems: readonly string[];
}

/**
 * Reads the flags of a table: `--name VALUE`, `--name=VALUE`, `-n VALUE`, `-nVALUE`, `-vv`, `--no-name` for
 * booleans; `--` ends them.
 */
export function parseFlags(table: OptionTable, argv: readonly string[]): Flags {
  const words = new Map<string, string[]>();
  const positionals: string[] = [];
  const problems: string[] = [];
  const left = argv.values();

  /** One flag as it was written (`-n`, `--name`), with the value that was written to it, if any. */
  const take = (flag: string, inline: string | undefined): void => {
    const named = keyOf(flag, table);
    const negated = flag.startsWith("--no-") ? keyOf(`--${flag.slice(5)}`, table) : undefined;
    const key = named ?? (isBoolean(table, negated) ? negated : undefined);
    if (key === undefined) {
      problems.push(`${flag} is not an option (see --help)`);
      return;
    }
    const takesWord = takesWordOf(table[key]);
    const word = takesWord ? (inline ?? left.next().value) : (inline ?? String(named !== undefined));
    const problem = takesWord ? missingWord(word, inline) : inline !== undefined && "takes no value";
    if (problem || word === undefined) problems.push(`${flag} ${problem}`);
    else words.set(key, [...(words.get(key) ?? []), word]);
  };

  for (const argument of left) {
    if (argument === "--") positionals.push(...left);
    else if (argument.startsWith("--")) {
      const equals = argument.indexOf("=");
      if (equals < 0) take(argument, undefined);
      else take(argument.slice(0, equals), argument.slice(equals + 1));
    } else if (/^-./.test(argument)) takeLetters(argument);
    else positionals.push(argument);
  }
  return { words, positionals, problems };

  /** `-vv`, and `-pVALUE`: what follows a letter that takes a value is its value. */
  function takeLetters(argument: string): void {
    for (let at = 1; at < argument.length; at++) {
      const flag = `-${argument[at]}`;
      const key = keyOf(flag, table);
      const rest = argument.slice(at + 1);
      if (key !== undefined && takesWordOf(table[key])) {
        take(flag, rest === "" ? undefined : rest);
        return;
      }
      take(flag, undefined);
    }
  }
}

/** `--pin-file` and `-p` → `pinFile`. */
function keyOf(flag: string, table: OptionTable): string | undefined {
  if (!flag.startsWith("--")) {
    const hasLetter = ({ alias = [] }: OptionDefinition) => [alias].flat().includes(flag.slice(1));
    return Object.keys(table).find((key) => table[key] !== undefined && hasLetter(table[key]));
  }
  const name = flag.slice(2);
  const key = name.replace(/-[a-z]/g, (letter) => letter.slice(1).toUpperCase());
  return [key, name].find((key) => Object.hasOwn(table, key) && flagName(key) === name);
}

function takesWordOf(definition: OptionDefinition | undefined): boolean {
  return definition?.type !== "boolean" && definition?.type !== "count";
}

function isBoolean(table: OptionTable, key: string | undefined): boolean {
  return key !== undefined && table[key]?.type === "boolean";
}

/** `--pin-file --verbose` is a forgotten value, not a file called `--verbose`. */
function missingWord(word: string | undefined, inline: string | undefined): string | false {
  if (word === undefined) return "needs a value";
  if (inline !== undefined || !/^-./.test(word)) return false;
  return `needs a value ("${word}" looks like an option; write it with "=" if it is meant)`;
}
