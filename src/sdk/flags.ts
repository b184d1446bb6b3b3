import { parseArgs } from "node:util";
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
  const keys = new Map<string, string>();
  for (const [key, definition] of Object.entries(table)) {
    keys.set(flagName(key), key);
    for (const letter of [definition.alias ?? []].flat()) keys.set(letter, key);
  }
  const { tokens } = parseArgs({
    args: [...argv],
    options: parseArgsOptions(table),
    strict: false,
    allowPositionals: true,
    allowNegative: true,
    tokens: true,
  });

  const words = new Map<string, string[]>();
  const positionals: string[] = [];
  const problems: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const key = keys.get(token.rawName.replace(/^--?/, "")) ?? keys.get(token.name);
    const definition = key === undefined ? undefined : table[key];
    const isNegated = token.rawName === `--no-${token.name}`;
    if (key === undefined || definition === undefined || (isNegated && definition.type !== "boolean")) {
      problems.push(`${token.rawName} is not an option (see --help)`);
      continue;
    }
    const problem = takesWord(definition)
      ? missingWord(token)
      : token.value !== undefined && "takes no value";
    if (problem) problems.push(`${token.rawName} ${problem}`);
    else words.set(key, [...(words.get(key) ?? []), isNegated ? "false" : (token.value ?? "true")]);
  }
  return { words, positionals, problems };
}

function takesWord(definition: OptionDefinition): boolean {
  return definition.type !== "boolean" && definition.type !== "count";
}

/** `--pin-file --verbose` is a forgotten value, not a file called `--verbose`. */
function missingWord(token: {
  value?: string | undefined;
  inlineValue?: boolean | undefined;
}): string | false {
  if (token.value === undefined) return "needs a value";
  if (token.inlineValue === true || !/^-./.test(token.value)) return false;
  return `needs a value ("${token.value}" looks like an option; write it with "=" if it is meant)`;
}

function parseArgsOptions(table: OptionTable) {
  const options: Record<string, { type: "string" | "boolean"; multiple: true; short?: string }> = {};
  for (const [key, definition] of Object.entries(table)) {
    const type = takesWord(definition) ? "string" : "boolean";
    const [first, ...others] = [definition.alias ?? []].flat();
    options[flagName(key)] =
      first === undefined ? { type, multiple: true } : { type, multiple: true, short: first };
    // parseArgs knows one letter per option; a further letter is an option of its own to it.
    for (const letter of others) options[letter] = { type, multiple: true, short: letter };
  }
  return options;
}
