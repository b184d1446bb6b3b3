import type { Helper, HelperContext } from "./helper.ts";
import type { OptionTable } from "./option-table.ts";
import type { OptionsRead } from "./options.ts";

/** `--state-directory`, else what the helper says, else a folder of its own under `/var/lib`. */
export function stateDirectory<O extends OptionTable>(
  helper: Helper<O>,
  options: OptionsRead,
  context: HelperContext<O>,
): string {
  return (
    options.common.stateDirectory ??
    helper.stateDirectory?.(context.options) ??
    `/var/lib/certmonger-helper/${helper.name}`
  );
}

/** What is surprising about a relative path, `undefined` for a whole one. */
export function relativeWarning(directory: string): string | undefined {
  if (directory.startsWith("/")) return undefined;
  return `the state directory is given as ${directory}: certmonger runs helpers in / and would use /${directory}`;
}
