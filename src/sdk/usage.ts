import yargs from "yargs";
import { commonOptions, completeTable } from "./common-options.ts";
import type { Helper } from "./helper.ts";
import { flagName, type OptionDefinition, type OptionTable } from "./option-table.ts";

const shown = {
  string: "string",
  number: "number",
  boolean: "boolean",
  count: "count",
  array: "array",
  duration: "string",
  secret: "string",
} as const;

/** The text of `--help`: what the helper is, its options, and how it gets into certmonger. */
export async function describeUsage<O extends OptionTable>(helper: Helper<O>): Promise<string> {
  const parser = yargs([])
    .scriptName(helper.name)
    .usage(`${helper.describe ?? "A CA helper for certmonger."}\n\nUsage: $0 [options] [CSR file]`)
    .help(false)
    .version(false)
    .wrap(100)
    .epilogue(
      [
        "In certmonger:",
        `  getcert add-ca -c NAME -e "$(command -v ${helper.name}) OPTIONS"`,
        "By hand, with a CSR:",
        `  certmonger-helper enroll -N CN=test.example -D test.example -- ${helper.name} OPTIONS`,
        "Exit status: 0 issued, 1 and 5 wait, 2 rejected, 3 unreachable, 4 unconfigured, 6 unsupported.",
      ].join("\n"),
    );
  for (const [name, { describe }] of Object.entries(helper.commands ?? {})) parser.command(name, describe);
  const commonFlags = new Set<string>();
  for (const [key, definition] of Object.entries(completeTable(helper.options ?? {}))) {
    const isCommon = key in commonOptions && !(key in (helper.options ?? {}));
    if (isCommon) commonFlags.add(flagName(key));
    parser.option(flagName(key), describeOption(definition, helper.name));
  }
  parser.group([...commonFlags], "Every helper of this kit:");
  return `${await parser.getHelp()}\n`;
}

function describeOption(definition: OptionDefinition, helperName: string) {
  const { type, describe, alias, demandOption, choices, hidden } = definition;
  const suffix = type === "secret" ? " (a file only its owner can read)" : "";
  return {
    type: shown[type],
    describe: `${describe.replaceAll("NAME", helperName)}${suffix}`,
    alias: [alias ?? []].flat(),
    demandOption: demandOption ?? false,
    ...(definition.default !== undefined && definition.default !== false && { default: definition.default }),
    ...(choices && { choices }),
    ...(hidden && { hidden }),
  };
}
