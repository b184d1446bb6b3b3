import { existsSync } from "node:fs";
import { oneLine } from "../../protocol/index.ts";
import { directoryOpenToOthers, ensurePrivateDirectory, expectWritable } from "../files/private-directory.ts";
import type { CheckLine, Helper, HelperContext } from "./helper.ts";
import { firstLine } from "./option-files.ts";
import type { OptionTable } from "./option-table.ts";
import type { OptionsRead } from "./options.ts";
import { writeReply } from "./reply-channel.ts";
import { redact } from "./secret.ts";
import { relativeWarning, stateDirectory } from "./state-directory.ts";

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
    writeReply(`${marks[outcome]} ${oneLine(redact(text))}\n`);
  };
  for (const text of options.problems) report({ outcome: "failed", text });
  if (failed === 0) {
    report({ outcome: "ok", text: "options: flags, environment, env file and config file are in order" });
    for await (const line of checkState(helper, options, context)) report(line);
    try {
      for await (const line of helper.check?.(context) ?? []) report(line);
    } catch (error) {
      report({ outcome: "failed", text: firstLine(error) });
    }
  }
  writeReply(failed === 0 ? "ready\n" : `${failed} of these must be mended before certificates can be had\n`);
  return failed === 0 ? 0 : 4;
}

async function* checkState<O extends OptionTable>(
  helper: Helper<O>,
  options: OptionsRead,
  context: HelperContext<O>,
): AsyncGenerator<CheckLine> {
  const directory = stateDirectory(helper, options, context);
  const isThere = existsSync(directory);
  try {
    if (isThere) await ensurePrivateDirectory(directory);
    expectWritable(directory);
    const text = isThere ? directory : `${directory}, which will be made when it is needed`;
    yield { outcome: "ok", text: `state directory: ${text}` };
    const warning = relativeWarning(directory) ?? openWarning(directory);
    if (warning !== undefined) yield { outcome: "warning", text: warning };
  } catch (error) {
    yield {
      outcome: "warning",
      text: `state directory: ${firstLine(error)}; answers will not be kept`,
    };
  }
}

/** Of what is above the state directory: `ensurePrivateDirectory` looks at the directory itself. */
function openWarning(directory: string): string | undefined {
  const open = directoryOpenToOthers(directory);
  if (open === undefined) return undefined;
  const why = open.mode === undefined ? `belongs to user ${open.uid}` : `has mode ${open.mode}`;
  return `state directory: ${open.path}, which it is in, ${why}: others can put another in its place`;
}
