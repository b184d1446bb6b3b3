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
  const width = Math.max(...Object.values(options).flatMap((keys) => keys.map((key) => flags(key).length)));
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

function flags(key: OptionKey): string {
  const { short, long, argument } = lookUp(key);
  const value = argument === undefined ? "" : ` ${argument}`;
  return `${short === undefined ? "    " : `-${short}, `}--${long}${value}`;
}
