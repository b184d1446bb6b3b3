import type { OptionTable, OptionValues } from "./option-table.ts";

/** What every helper understands beside its own options. A helper's own letters win over the ones here. */
export const commonOptions = {
  config: {
    type: "string",
    describe: "configuration file, JSON (default: /etc/certmonger-helper/NAME.json)",
  },
  // Not --env-file: Node, which runs authors' helpers, reads that file itself wherever the flag stands.
  environmentFile: {
    type: "string",
    describe: "file of NAME_OPTION=value lines (default: /etc/certmonger-helper/NAME.env)",
  },
  stateDirectory: {
    type: "string",
    describe: "where answers are kept for a day, so that a lost one is given again",
  },
  timeout: {
    type: "duration",
    default: "4m",
    describe: "longest time for one run; certmonger itself would wait for ever",
  },
  retryFor: {
    type: "duration",
    default: 0,
    describe:
      "for so long, ask again soon after a passing fault; 0 leaves it to certmonger, which waits days",
  },
  verbose: { type: "count", alias: "v", describe: "say more on stderr; twice for all" },
  syslog: { type: "boolean", describe: "log to syslog instead of stderr" },
  check: { type: "boolean", describe: "try everything but the request, and report" },
  operation: { type: "string", describe: "by hand: the operation, instead of CERTMONGER_OPERATION" },
  cookie: { type: "string", describe: "by hand: the cookie of an earlier run; the operation is then POLL" },
  help: { type: "boolean", alias: "h", describe: "show this help" },
  version: { type: "boolean", describe: "show the version" },
} as const satisfies OptionTable;

export type CommonValues = OptionValues<typeof commonOptions>;

/** The table of a whole helper: its own options, and the common ones it does not define itself. */
export function completeTable(own: OptionTable): OptionTable {
  const taken = new Set(Object.values(own).flatMap((definition) => definition.alias ?? []));
  const table: Record<string, OptionTable[string]> = { ...own };
  for (const [key, definition] of Object.entries<OptionTable[string]>(commonOptions)) {
    if (key in own) continue;
    table[key] = [definition.alias ?? []].flat().some((letter) => taken.has(letter))
      ? withoutLetters(definition)
      : definition;
  }
  return table;
}

/** Each of them has one letter at most. */
function withoutLetters({ alias: _, ...rest }: OptionTable[string]): OptionTable[string] {
  return rest;
}
