import {
  decodeInvocation,
  ExitStatus,
  encodeReply,
  type HelperResult,
  shorten,
  unreachable,
} from "../../protocol/index.ts";
import { quickAnswer } from "./answer-query.ts";
import type { Helper } from "./helper.ts";
import { createLog, type Log } from "./log.ts";
import type { OptionTable } from "./option-table.ts";
import { claimStdout, writeReply } from "./reply-channel.ts";
import { redact } from "./secret.ts";
import { resultOfThrown } from "./thrown.ts";

/**
 * Runs a helper as a process: reads the environment and the command line, answers on stdout, exits.
 *
 * Whatever happens becomes a reply that certmonger understands; Node's own exit status for a crash is 1, which
 * certmonger would read as "wait".
 */
export async function runHelper<O extends OptionTable>(helper: Helper<O>): Promise<void> {
  claimStdout();
  const log = createLog({ name: helper.name, verbosity: 0 });
  const crash = (error: unknown) => finish(resultOfThrown(error, log), log);
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  // Node ends by itself when a promise is waited for that nothing can settle any more.
  process.on("beforeExit", () => crash(new Error("the helper stopped without an answer")));
  try {
    finish(await answer(helper), log);
  } catch (error) {
    crash(error);
  }
}

/** The questions that need no configuration load nothing: certmonger asks all eight at every start. */
async function answer<O extends OptionTable>(helper: Helper<O>): Promise<HelperResult> {
  const invocation = process.env.CERTMONGER_OPERATION ? decodeInvocation(process.env) : undefined;
  const quick = invocation && quickAnswer(helper, invocation);
  if (quick !== undefined) return quick;
  const { answerInFull } = await import("./answer-in-full.ts");
  return await answerInFull(helper, invocation);
}

/** Writes the reply, all of it, and ends the process: an idle connection must not hold the daemon. */
function finish(result: HelperResult, log: Log): never {
  const reply = encodeOrExplain(result, log);
  try {
    writeReply(reply.stdout);
  } catch (error) {
    log.error(resultOfThrown(error, log).message);
    process.exit(ExitStatus.unreachable);
  }
  process.exit(reply.exitStatus);
}

/** In characters: certmonger keeps the whole message in its file, and `getcert list` shows it in one line. */
const longestMessage = 2_000;

/** A result that the protocol can not carry (an empty cookie, a PEM block without its end) is a fault here. */
function encodeOrExplain(result: HelperResult, log: Log) {
  const clean =
    "message" in result ? { ...result, message: shorten(redact(result.message), longestMessage) } : result;
  try {
    return encodeReply(clean);
  } catch (error) {
    const { message } = resultOfThrown(error, log);
    return encodeReply(unreachable(message));
  }
}
