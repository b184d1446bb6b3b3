import yargs from "yargs";
import { commonOptions, completeTable } from "./common-options.ts";
import type { Helper } from "./helper.ts";
import { flagName, type OptionDefinition, type OptionTable, variableName } from "./option-table.ts";

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
        `  getcert add-ca -c NAME -e "/full/path/to/${helper.name} OPTIONS"`,
        "By hand, as certmonger runs it:",
        `  certmonger-helper enroll -D www.example.test -- /full/path/to/${helper.name} OPTIONS`,
        "Exit status: 0 issued, 1 and 5 wait, 2 rejected, 3 unreachable, 4 unconfigured, 6 unsupported.",
      ].join("\n"),
    );
  for (const [name, { describe }] of Object.entries(helper.commands ?? {})) parser.command(name, describe);
  const own: string[] = [];
  const common: string[] = [];
  for (const [key, definition] of Object.entries(completeTable(helper.options ?? {}))) {
    const isOwn = key in (helper.options ?? {}) || !(key in commonOptions);
    (isOwn ? own : common).push(flagName(key));
    parser.option(flagName(key), describeOption(definition, helper.name));
  }
  if (own.length > 0) parser.group(own, "Options:");
  parser.group(common, "Every helper has:");
  return `${await parser.getHelp()}\n`;
}

function describeOption(definition: OptionDefinition, helperName: string) {
  const { type, describe, alias, demandOption, choices, hidden } = definition;
  const suffix = type === "secret" ? " (a file only its owner can read)" : "";
  const text = describe
    .replace("NAME_OPTION", variableName(helperName, "option"))
    .replace("NAME", helperName);
  return {
    // The kinds of words are told by the description; yargs would add "[string]" to nearly every line.
    ...((type === "boolean" || type === "count") && { type }),
    describe: `${text}${suffix}`,
    alias: [alias ?? []].flat(),
    demandOption: demandOption ?? false,
    ...(definition.default !== undefined && definition.default !== false && { default: definition.default }),
    ...(choices && { choices }),
    ...(hidden && { hidden }),
  };
}
