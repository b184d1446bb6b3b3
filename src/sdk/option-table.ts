import type { Secret } from "./secret.ts";

/** What kind of value an option holds, and what a helper finds in `context.options`. */
interface OptionKinds {
  string: string;
  number: number;
  /** `--flag` or `--no-flag`; false when nobody sets it. */
  boolean: boolean;
  /** May be given several times; empty when nobody gives it. */
  array: readonly string[];
  /** Written `90`, `90s`, `20m`, `4h` or `7d`; the helper finds seconds. */
  duration: number;
  /** A flag that may be repeated: `-vv` is 2; 0 when nobody gives it. */
  count: number;
  /** The path of a file that holds a secret (first line); the helper finds the content as `Secret`. */
  secret: Secret;
}

export type OptionKind = keyof OptionKinds;

/** One option of a helper: a flag, an environment variable, a line of the env file, a key of the config file. */
export interface OptionDefinition {
  readonly type: OptionKind;
  /** What it is for, in a few words, for `--help`. */
  readonly describe: string;
  /** One-letter flags. */
  readonly alias?: string | readonly string[];
  /** Without a value for it the helper does not run: "unconfigured", and the message names it. */
  readonly demandOption?: boolean;
  /** Used when no source names a value; for `duration` in the written form (`20m`) or in seconds. */
  readonly default?: string | number | boolean | readonly string[];
  /** The only values allowed (`string` and `array`). */
  readonly choices?: readonly string[];
  /** Works, is not shown by `--help`. */
  readonly hidden?: boolean;
}

/**
 * The options of a helper. A key gives all names of its option; `pinFile` of `my-ca-submit` is the flag
 * `--pin-file`, the variable `MY_CA_SUBMIT_PIN_FILE` and the key `pin-file` of the config file.
 */
export type OptionTable = Readonly<Record<string, OptionDefinition>>;

/** `pinFile` → `pin-file`: the flag without its dashes, and the key in the config file. */
export function flagName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `my-ca-submit`, `pinFile` → `MY_CA_SUBMIT_PIN_FILE`. */
export function variableName(helperName: string, key: string): string {
  return `${helperName}-${flagName(key)}`.replace(/[^A-Za-z0-9]+/g, "_").toUpperCase();
}

type IsAlwaysThere<D extends OptionDefinition> = D extends { type: "boolean" | "array" | "count" }
  ? true
  : D extends { demandOption: true }
    ? true
    : D extends { default: string | number | boolean | readonly string[] }
      ? true
      : false;

/** The values that belong to a table: `undefined` only where neither default nor `demandOption` rules it out. */
export type OptionValues<T extends OptionTable> = {
  readonly [Name in keyof T]: IsAlwaysThere<T[Name]> extends true
    ? OptionKinds[T[Name]["type"]]
    : OptionKinds[T[Name]["type"]] | undefined;
};
