import { existsSync } from "node:fs";
import { ensurePrivateDirectory } from "../files/private-directory.ts";
import type { CheckLine, Helper, HelperContext } from "./helper.ts";
import { firstLine } from "./option-files.ts";
import type { OptionTable } from "./option-table.ts";
import type { OptionsRead } from "./options.ts";
import { writeReply } from "./reply-channel.ts";
import { redact } from "./secret.ts";
import { stateDirectory } from "./state-directory.ts";

const marks = { ok: "ok     ", warning: "warning", failed: "FAILED " } as const;

/**
 * `--check`: everything but the request, a line each, as it becomes known.
 *
 * @returns the exit status: 0, or 4 when something failed
 */
export async function check<O extends OptionTable>(
  helper: Helper<O>,
  options: OptionsRead,
  context: HelperContext<O>,
): Promise<number> {
  let failed = 0;
  const report = ({ outcome, text }: CheckLine) => {
    if (outcome === "failed") failed++;
    writeReply(`${marks[outcome]} ${redact(text)}\n`);
  };
  for (const text of options.problems) report({ outcome: "failed", text });
  if (failed === 0) {
    report({ outcome: "ok", text: "options: flags, environment, env file and config file are in order" });
    report(await checkState(helper, options, context));
    try {
      for await (const line of helper.check?.(context) ?? []) report(line);
    } catch (error) {
      report({ outcome: "failed", text: firstLine(error) });
    }
  }
  writeReply(failed === 0 ? "ready\n" : `${failed} of these must be mended before certificates can be had\n`);
  return failed === 0 ? 0 : 4;
}

async function checkState<O extends OptionTable>(
  helper: Helper<O>,
  options: OptionsRead,
  context: HelperContext<O>,
): Promise<CheckLine> {
  const directory = stateDirectory(helper, options, context);
  if (!existsSync(directory))
    return { outcome: "ok", text: `state directory: ${directory}, which will be made when it is needed` };
  try {
    await ensurePrivateDirectory(directory);
    return { outcome: "ok", text: `state directory: ${directory}` };
  } catch (error) {
    return { outcome: "warning", text: `state directory: ${firstLine(error)}; answers will not be kept` };
  }
}
