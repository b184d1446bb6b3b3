import type { Command } from "./command.ts";
import { lookUp, type OptionKey } from "./options.ts";

/** What getcert prints when it is called without a command. */
export function overview(program: string, commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    `${program}: request, watch and renew certificates through certmonger or our daemon.`,
    "",
    `Usage: ${program} COMMAND [options]`,
    "",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    `  ${program} COMMAND --help`,
    "",
  ].join("\n");
}

/** Usage of one command. */
export function usage(program: string, { name, summary, options }: Command): string {
  const all = Object.values(options).flat();
  const flags = (key: OptionKey) => flagsOf(key, all);
  const width = Math.max(...all.map((key) => flags(key).length));
  return [
    `Usage: ${program} ${name} [options]: ${summary}`,
    ...Object.entries(options).flatMap(([title, keys]) => [
      "",
      `${title}:`,
      ...keys.map((key) => `  ${flags(key).padEnd(width)}  ${lookUp(key).describe}`),
    ]),
    "",
  ].join("\n");
}

/** A letter belongs to the first option of the command that has it. */
function flagsOf(key: OptionKey, all: readonly OptionKey[]): string {
  const { short, long, argument } = lookUp(key);
  const isTaken = all.find((one) => lookUp(one).short === short) !== key;
  const value = argument === undefined ? "" : ` ${argument}`;
  return `${short === undefined || isTaken ? "    " : `-${short}, `}--${long}${value}`;
}
