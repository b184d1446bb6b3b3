import { readValues } from "./command.ts";
import { addCa, modifyCa, refreshCa, removeCa } from "./commands/cas.ts";
import { list, listCas } from "./commands/list.ts";
import { request } from "./commands/request.ts";
import { rekey, resubmit } from "./commands/resubmit.ts";
import { refresh, status } from "./commands/status.ts";
import { startTracking, stopTracking } from "./commands/tracking.ts";
import { watch } from "./commands/watch.ts";
import { overview, usage } from "./help.ts";
import { Stop, type Surroundings } from "./terminal.ts";

/** All commands, in the order of the help. */
export const commands = [
  ...[request, startTracking, stopTracking, resubmit, rekey, refresh, list, watch, status],
  ...[listCas, addCa, modifyCa, refreshCa, removeCa],
];

const program = "getcert";

/** Runs one command of getcert; @returns the exit code */
export async function runGetcert(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const [name, ...rest] = argv;
  const asksForHelp = name === "--help" || name === "-h" || name === "-H";
  if (name === undefined || asksForHelp) {
    surroundings.print(overview(program, commands));
    return asksForHelp ? 0 : 1;
  }
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    surroundings.print(`${name}: unrecognized command\n`);
    return 1;
  }
  try {
    return await command.run(readValues(command, rest, surroundings), surroundings);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    if (error.message !== "") surroundings.print(`${error.message}\n`);
    if (error.showHelp) surroundings.print(usage(program, command));
    return error.message === "" ? 0 : 1;
  }
}
