import { type HelperResult, type Invocation, unconfigured, unreachable, wait } from "../../protocol/index.ts";
import { findAnswer, quickAnswer } from "./answer-query.ts";
import type { Helper, HelperContext } from "./helper.ts";
import { createLog } from "./log.ts";
import type { OptionTable, OptionValues } from "./option-table.ts";
import { type OptionsRead, readOptions } from "./options.ts";
import { relativeWarning, stateDirectory } from "./state-directory.ts";
import { orWhenStopped, Stop } from "./stop.ts";

/**
 * A run that needs its options: an enrollment, a question that the CA has to answer, or a person's try.
 *
 * @param asked what certmonger asks for; `undefined` when a person runs the helper
 */
export async function answerInFull<O extends OptionTable>(
  helper: Helper<O>,
  asked: Invocation | undefined,
): Promise<HelperResult> {
  const environment = process.env;
  const stop = new Stop();
  const options = await readOptions({
    helperName: helper.name,
    table: helper.options ?? {},
    argv: process.argv.slice(2),
    environment,
    caNickname: environment.CERTMONGER_CA_NICKNAME,
  });
  stop.after(options.common.timeout);
  const context = makeContext(helper, options, stop, environment.CERTMONGER_CA_NICKNAME);

  if (asked !== undefined) {
    const problems = [...options.problems, ...misplaced(options, asked)];
    if (problems.length > 0) return unconfigured(`${helper.name} can not run: ${problems.join("; ")}`);
    return await perform(helper, asked, options, context, stop);
  }
  const { servePerson } = await import("./by-hand.ts");
  const served = await servePerson(helper, options, context, environment);
  if ("exitStatus" in served) process.exit(served.exitStatus);
  const { invocation } = served;
  return quickAnswer(helper, invocation) ?? (await perform(helper, invocation, options, context, stop));
}

/** Flags and words that make sense only for a person: in a CA's configuration they are a mistake. */
function misplaced(options: OptionsRead, invocation: Invocation): string[] {
  const { help, version, check, operation, cookie } = options.common;
  const flags = { help, version, check, operation, cookie };
  const forPeople = Object.entries(flags).filter(([, value]) => value !== undefined && value !== false);
  const problems = forPeople.map(([name]) => `--${name} is for runs by hand, not for certmonger`);
  const hasCsr = "request" in invocation && invocation.request.csr !== "";
  const words = hasCsr || !("request" in invocation) ? options.positionals : options.positionals.slice(1);
  return [...problems, ...words.map((word) => `"${word}" is one word too many`)];
}

function makeContext<O extends OptionTable>(
  helper: Helper<O>,
  options: OptionsRead,
  stop: Stop,
  caNickname: string | undefined,
): HelperContext<O> {
  const { verbose, syslog } = options.common;
  return {
    // `readOptions` filled in the helper's own table, which the compiler can not follow.
    options: options.own as OptionValues<O>,
    log: createLog({ name: helper.name, verbosity: verbose, syslog }),
    get signal() {
      return stop.signal;
    },
    ...(caNickname && { caNickname }),
    now: () => new Date(),
    resumeWith: (cookie, delaySeconds = 60) => {
      stop.resumption = wait(cookie, delaySeconds);
    },
  };
}

async function perform<O extends OptionTable>(
  helper: Helper<O>,
  invocation: Invocation,
  options: OptionsRead,
  context: HelperContext<O>,
  stop: Stop,
): Promise<HelperResult> {
  switch (invocation.operation) {
    case "unknown":
      return { status: "unsupported" };
    case "SUBMIT":
    case "POLL": {
      const { request } = invocation;
      if (request.csr === "") return unconfigured("there is no CSR: CERTMONGER_CSR is not set");
      // Loaded here, not above: questions need none of it, and node:crypto alone takes 3.5 ms.
      const { enroll } = await import("./enroll.ts");
      const directory = stateDirectory(helper, options, context);
      const warning = relativeWarning(directory);
      if (warning !== undefined) context.log.warn(warning);
      return await enroll(
        helper,
        {
          request,
          cookie: invocation.operation === "POLL" ? invocation.cookie : undefined,
          retryForSeconds: options.common.retryFor,
          stateDirectory: directory,
          stop,
        },
        context,
      );
    }
    default: {
      const answer = findAnswer(helper, invocation.operation);
      if (answer === undefined) return { status: "unsupported" };
      const output = answer(context).then((text): HelperResult => ({ status: "answered", output: text }));
      return await orWhenStopped(output, stop, unreachable);
    }
  }
}
