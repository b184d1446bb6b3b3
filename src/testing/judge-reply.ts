import { cookieAfterSaving, ExitStatus, maximumVariableBytes } from "../../protocol/index.ts";
import { carriesKeyOf } from "../x509/chain.ts";
import type { CheckId } from "./checks/check.ts";
import { looksLikeCrash } from "./crash.ts";
import type { CsrSample } from "./csr-samples.ts";
import { type IssuedOutput, readIssuedOutput } from "./issued-output.ts";
import { chainFault } from "./judge-chain.ts";
import { messageFaults } from "./judge-message.ts";
import { nicknameProblem } from "./judge-names.ts";
import { describeEnd, isHeld, type Run, stdoutText } from "./run.ts";

/** What a reply to SUBMIT or POLL comes to. `broken`: certmonger stops, hangs or loses the certificate. */
export type Outcome =
  | "issued"
  | "wait"
  | "rejected"
  | "unreachable"
  | "unconfigured"
  | "need-scep-messages"
  | "need-rekey"
  | "broken";

/** What is wrong with a reply, under the check that stands for it. */
export interface Fault {
  readonly check: CheckId;
  readonly text: string;
}

export interface Judgement {
  readonly outcome: Outcome;
  /** None of them is about the words of a message: those are in `messageFaults`. */
  readonly faults: readonly Fault[];
  readonly messageFaults: readonly Fault[];
  readonly issued?: IssuedOutput;
  /** As certmonger would hand it back; absent when there is none. */
  readonly cookie?: string;
  readonly delaySeconds?: number;
}

/** What certmonger would make of a run with SUBMIT or POLL. */
export function judgeReply(run: Run, sample: CsrSample, now = new Date()): Judgement {
  const poll = run.operation === "POLL";
  if (run.stoppedBy === "deadline") {
    return broken(isHeld(run) ? "hygiene.stdout-held" : "hygiene.deadline", describeEnd(run));
  }
  if (run.stoppedBy === "output-limit") return broken("hygiene.output-size", describeEnd(run));
  if (run.exitStatus === undefined) return broken(poll ? "poll.status" : "enroll.status", describeEnd(run));
  switch (run.exitStatus) {
    case ExitStatus.issued:
      return judgeIssued(run, sample, now);
    case ExitStatus.wait:
      return judgeWait(run);
    case ExitStatus.waitWithDelay:
      return judgeDelay(run);
    case ExitStatus.rejected:
      return refusal("rejected", run);
    case ExitStatus.unreachable:
      return refusal("unreachable", run);
    case ExitStatus.unconfigured:
      return refusal("unconfigured", run);
    case ExitStatus.unsupported:
      return broken(
        poll ? "operations.poll-supported" : "operations.submit-supported",
        `${poll ? "POLL" : "SUBMIT"} was answered with exit status 6`,
      );
    case ExitStatus.needScepMessages:
      return { outcome: "need-scep-messages", faults: [], messageFaults: [] };
    case ExitStatus.needRekey:
      return { outcome: "need-rekey", faults: [], messageFaults: [] };
    default:
      return broken(poll ? "poll.status" : "enroll.status", describeEnd(run));
  }
}

function broken(check: CheckId, text: string): Judgement {
  return { outcome: "broken", faults: [{ check, text }], messageFaults: [] };
}

function refusal(outcome: "rejected" | "unreachable" | "unconfigured", run: Run): Judgement {
  return { outcome, faults: [], messageFaults: messageFaults(run) };
}

function judgeIssued(run: Run, sample: CsrSample, now: Date): Judgement {
  const output = readIssuedOutput(run.stdout);
  if ("problem" in output) return broken(`enroll.${output.problem}`, output.text);
  const faults: Fault[] = [];
  const fault = (check: CheckId, text: string): number => faults.push({ check, text });
  const { leaf, certificates } = output;
  if (sample.parsed !== undefined) {
    const { parsed } = sample;
    const right = certificates.find((certificate) => carriesKeyOf(certificate, parsed));
    if (right === undefined) {
      fault(
        "enroll.key",
        `the certificate for ${leaf.subject || "(no subject)"} has another key than the CSR`,
      );
      return { outcome: "issued", faults, messageFaults: [], issued: output };
    }
    if (right !== leaf) {
      fault(
        "enroll.leaf",
        `certmonger takes the certificate of ${leaf.subject || "(no subject)"} for the leaf`,
      );
      return { outcome: "issued", faults, messageFaults: [], issued: output };
    }
  }
  const { notBefore, notAfter } = leaf;
  if (notBefore.getTime() > now.getTime() + clockSlackMs) {
    fault("enroll.valid-now", `it is not valid before ${notBefore.toISOString()}`);
  } else if (notAfter.getTime() <= now.getTime() + clockSlackMs) {
    fault(
      "enroll.valid-now",
      `it is valid only until ${notAfter.toISOString()}, and it is ${now.toISOString()}`,
    );
  }
  const nickname = output.roots.flatMap((root) => nicknameProblem(root.nickname) ?? [])[0];
  if (nickname !== undefined) fault("enroll.nickname", nickname);
  const chain = chainFault(output);
  if (chain !== undefined) fault("enroll.chain", chain);
  return { outcome: "issued", faults, messageFaults: [], issued: output };
}

/** Clocks differ, and a certificate that ends within the minute is of no use. */
const clockSlackMs = 60_000;

function judgeWait(run: Run): Judgement {
  const text = stdoutText(run);
  if (looksLikeCrash(text)) {
    return broken(
      "failures.crash-as-wait",
      "exit status 1 with a stack trace: certmonger takes it for a cookie",
    );
  }
  const cookie = cookieAfterSaving(text);
  if (text === "") return broken("poll.cookie-missing", "exit status 1 without a cookie");
  if (cookie.trim() === "") {
    const faults = [{ check: "poll.cookie-missing", text: "exit status 1 with an empty cookie" } as const];
    return { outcome: "wait", faults, messageFaults: [] };
  }
  return { outcome: "wait", faults: cookieFaults(text), messageFaults: [], cookie };
}

function judgeDelay(run: Run): Judgement {
  const text = stdoutText(run);
  const delay = /^[ \t\n\v\f\r]*([-+]?\d+)(?=[\r\n]|$)/.exec(text);
  const isEmptyLine = /^[\r\n]/.test(text);
  if (delay === null && !isEmptyLine) {
    const line = JSON.stringify(text.split(/[\r\n]/)[0] ?? "");
    return broken("poll.delay-line", `the first line is ${line}, not a number of seconds`);
  }
  const delaySeconds = Number(delay?.[1] ?? 0);
  if (delaySeconds > longestDelay) {
    return broken("poll.delay-range", `a delay of ${delaySeconds} seconds is cut to 32 bits`);
  }
  const rest = text.slice(delay?.[0].length ?? 0).replace(/^[\r\n]+/, "");
  const cookie = cookieAfterSaving(rest);
  const waiting = { outcome: "wait", messageFaults: [], delaySeconds } as const;
  if (cookie === "") {
    const text = "exit status 5 with a delay and no cookie";
    return { ...waiting, faults: [{ check: "poll.delay-without-cookie", text }] };
  }
  return { ...waiting, faults: cookieFaults(rest), cookie };
}

/** certmonger keeps the delay in a C int. */
const longestDelay = 2 ** 31 - 1;

function cookieFaults(given: string): Fault[] {
  const bytes = Buffer.byteLength(`CERTMONGER_CA_COOKIE=${cookieAfterSaving(given)}`);
  if (bytes > maximumVariableBytes) {
    return [{ check: "poll.cookie-size", text: `the cookie has ${bytes} bytes with its variable's name` }];
  }
  if (changesOnDisk(given)) {
    return [
      {
        check: "poll.cookie-survives",
        text: given.includes("\0")
          ? "the cookie ends for certmonger at its NUL"
          : "the cookie has blank lines after its first line, which are lost when the daemon is restarted",
      },
    ];
  }
  const lines = cookieAfterSaving(given).trimEnd().split("\n").length;
  return lines > 1 ? [{ check: "poll.cookie-lines", text: `the cookie has ${lines} lines` }] : [];
}

/** Whether a restart of the daemon gives another cookie than the one it had in memory. */
function changesOnDisk(given: string): boolean {
  return given.includes("\0") || /^[^\r\n]*(?:\r\n|\n)(?:\r?\n)+[^\r\n]/.test(given);
}
