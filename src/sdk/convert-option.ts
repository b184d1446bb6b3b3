import { readRegularFile } from "../files/read-regular-file.ts";
import { parseDuration } from "./duration.ts";
import { firstLine } from "./option-files.ts";
import type { OptionDefinition } from "./option-table.ts";
import { Secret } from "./secret.ts";

export type OptionValue = string | number | boolean | readonly string[] | Secret;

export interface Converted {
  readonly value: OptionValue | undefined;
  readonly problems: readonly string[];
}

/** Words as found: a flag's list, a value of the config file, a default; and where, for messages. */
interface Words {
  readonly where: string;
  readonly words: unknown;
  readonly file?: string;
}

/** Turns what was found for an option into the value that its kind promises, or says what is wrong. */
export function convert(definition: OptionDefinition, found: Words): Converted {
  // Most options are not given, in every run.
  if (found.words === undefined) return { value: unset(definition.type), problems: [] };
  const list = asList(found.words);
  if (list === undefined)
    return wrong(found, "is neither a text, a number, a truth value nor a list of texts");
  if (list.includes("")) return wrong(found, "has an empty value");
  const last = list.at(-1);
  switch (definition.type) {
    case "array":
      return allowed(definition, found, list, list);
    case "string":
      return last === undefined ? absent : allowed(definition, found, list, last);
    case "boolean":
      if (last === "true" || last === "1" || last === "yes") return { value: true, problems: [] };
      if (last === "false" || last === "0" || last === "no") return { value: false, problems: [] };
      return wrong(found, `is "${last}", not true or false`);
    case "count":
      return count(list, found);
    case "number":
      if (last === undefined) return absent;
      return /^-?\d+(\.\d+)?$/.test(last)
        ? { value: Number(last), problems: [] }
        : wrong(found, `is "${last}", not a number`);
    case "duration": {
      if (last === undefined) return absent;
      const seconds = parseDuration(last);
      return seconds === undefined
        ? wrong(found, `is "${last}", not a time such as 90s, 20m, 4h or 7d`)
        : { value: seconds, problems: [] };
    }
    case "secret":
      return last === undefined ? absent : secret(last, found);
  }
}

function unset(type: OptionDefinition["type"]): OptionValue | undefined {
  switch (type) {
    case "array":
      return [];
    case "boolean":
      return false;
    case "count":
      return 0;
    default:
      return undefined;
  }
}

const absent: Converted = { value: undefined, problems: [] };

function wrong(found: Words, what: string): Converted {
  return { value: undefined, problems: [`${found.where} ${what}`] };
}

function asList(words: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(words) ? words : [words];
  const texts = list.map((word) =>
    typeof word === "number" || typeof word === "boolean" ? String(word) : word,
  );
  return texts.every((word) => typeof word === "string") ? texts : undefined;
}

function allowed(
  definition: OptionDefinition,
  found: Words,
  words: readonly string[],
  value: OptionValue,
): Converted {
  const { choices } = definition;
  const stranger = choices && words.find((word) => !choices.includes(word));
  return stranger === undefined
    ? { value, problems: [] }
    : wrong(found, `is "${stranger}", not one of ${choices?.join(", ")}`);
}

/** `-vv` arrives as two words "true"; a file says `verbose: 2` or `true`. */
function count(list: readonly string[], found: Words): Converted {
  let sum = 0;
  for (const word of list) {
    if (word === "true") sum += 1;
    else if (/^\d$/.test(word)) sum += Number(word);
    else if (word !== "false") return wrong(found, `is "${word}", not a number from 0 to 9`);
  }
  return { value: sum, problems: [] };
}

/**
 * A secret is the first line of a file that only its owner can read. In a variable whose name ends in
 * `_VALUE` the secret may stand itself; when that variable comes from the env file, that file is checked.
 */
function secret(word: string, found: Words): Converted {
  const isValue = /_VALUE( |$)/.test(found.where);
  const path = isValue ? found.file : word;
  try {
    const file = path === undefined ? undefined : readRegularFile(path);
    if (file?.isOpenToOthers)
      return wrong(found, `names a secret in ${path}, which others can read (chmod 600 ${path})`);
    const text = isValue ? word : (file?.content.toString("utf8") ?? "");
    const line = text.split(/\r?\n/, 1)[0] ?? "";
    return line === "" ? wrong(found, "holds an empty secret") : { value: new Secret(line), problems: [] };
  } catch (error) {
    return { value: undefined, problems: [`${found.where}: ${firstLine(error)}`] };
  }
}
