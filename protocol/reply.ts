import { cookieAfterSaving, isSafeCookie } from "./cookie.ts";
import { ExitStatus, type ExitStatusName, exitStatusName } from "./exit-status.ts";
import { type FailureStatus, ProtocolError } from "./failure.ts";
import { decodeIssued, encodeIssued } from "./issued.ts";
import type { Operation } from "./operation.ts";
import type { HelperResult, Wait } from "./result.ts";
import { firstLine, oneLine, skipLineEnds, untilNul } from "./text.ts";

/** How a helper answers: all of its standard output, and its exit status. */
export interface Reply {
  readonly exitStatus: number;
  readonly stdout: string;
}

/** The longest delay that certmonger can hold, in seconds: a C int. */
const longestDelay = 2 ** 31 - 1;

/**
 * A result as bytes and exit status, exactly as certmonger's own helpers write it.
 *
 * @throws {ProtocolError} for what the protocol can not say, or what certmonger would misread: a wait without cookie
 * and delay, a cookie of two lines, an empty message, a certificate that is not one complete PEM block
 */
export function encodeReply(result: HelperResult): Reply {
  const exitStatus = exitStatusOf(result);
  switch (result.status) {
    case "issued":
      return { exitStatus, stdout: encodeIssued(result) };
    case "wait":
      return { exitStatus, stdout: encodeWait(result) };
    case "rejected":
    case "unreachable":
    case "unconfigured":
      return { exitStatus, stdout: encodeMessage(result.message) };
    case "answered":
      return { exitStatus, stdout: result.output };
    case "need-scep-messages":
    case "need-rekey":
    case "unsupported":
      return { exitStatus, stdout: "" };
  }
}

/** Exit status for a result. A new kind of result does not compile until it has one. */
export function exitStatusOf(result: HelperResult): ExitStatus {
  switch (result.status) {
    case "issued":
    case "answered":
      return ExitStatus.issued;
    case "wait":
      return result.delaySeconds === undefined ? ExitStatus.wait : ExitStatus.waitWithDelay;
    case "rejected":
    case "unreachable":
    case "unconfigured":
    case "unsupported":
      return ExitStatus[result.status];
    case "need-scep-messages":
      return ExitStatus.needScepMessages;
    case "need-rekey":
      return ExitStatus.needRekey;
  }
}

function encodeWait({ cookie, delaySeconds }: Wait): string {
  if (cookie === "" && delaySeconds === undefined) {
    throw new ProtocolError("a wait without a delay needs a cookie: certmonger would stop for a person");
  }
  if (cookie !== "" && !isSafeCookie(cookie)) {
    throw new ProtocolError("a cookie is one line of less than 128 KiB: certmonger would not hand it back");
  }
  const cookieLine = cookie === "" ? "" : `${cookie}\n`;
  if (delaySeconds === undefined) return cookieLine;
  if (!Number.isInteger(delaySeconds) || delaySeconds < 0 || delaySeconds > longestDelay) {
    throw new ProtocolError(`${delaySeconds} is not a whole number of seconds that certmonger can wait`);
  }
  return `${delaySeconds}\n${cookieLine}`;
}

function encodeMessage(message: string): string {
  const line = oneLine(message);
  if (line === "") throw new ProtocolError("a refusal needs a message for the administrator");
  return `${line}\n`;
}

/**
 * What certmonger makes of a reply to this operation.
 *
 * Lenient where certmonger is. A status that it has no use for, or output that does not fit the status, is a
 * `ProtocolError`; after such a reply to SUBMIT or POLL the request stops until a person acts (NEED_GUIDANCE).
 *
 * @see certmonger 0.79.21 src/iterate.c, cm_iterate_entry and cm_iterate_ca
 */
export function decodeReply(operation: Operation, reply: Reply): HelperResult {
  const { exitStatus, stdout } = reply;
  const name = exitStatusName(exitStatus);
  if (name === undefined) throw new ProtocolError(`exit status ${exitStatus} is not in the protocol`);
  return operation === "SUBMIT" || operation === "POLL"
    ? decodeEnrollmentReply(name, stdout)
    : decodeQueryReply(name, stdout);
}

function decodeEnrollmentReply(name: ExitStatusName, stdout: string): HelperResult {
  switch (name) {
    case "issued":
      return decodeIssued(stdout);
    case "wait":
      if (untilNul(stdout) === "") throw new ProtocolError("exit status 1 without a cookie on stdout");
      return { status: "wait", cookie: cookieAfterSaving(stdout) };
    case "waitWithDelay":
      return decodeDelayedWait(stdout);
    case "needScepMessages":
      return { status: "need-scep-messages" };
    case "needRekey":
      return { status: "need-rekey" };
    default:
      return decodeOther(name, stdout);
  }
}

/** Replies to the eight queries; certmonger asks again after a wait, but keeps no cookie. */
function decodeQueryReply(name: ExitStatusName, stdout: string): HelperResult {
  switch (name) {
    case "issued":
      return { status: "answered", output: stdout };
    case "wait":
      return { status: "wait", cookie: cookieAfterSaving(stdout) };
    case "waitWithDelay": {
      const delay = readDelay(stdout);
      return delay === undefined ? { status: "wait", cookie: "" } : waitResult(delay.seconds, delay.rest);
    }
    case "needScepMessages":
    case "needRekey":
      throw new ProtocolError(`exit status ${ExitStatus[name]} has no meaning here: the old data stays`);
    default:
      return decodeOther(name, stdout);
  }
}

function decodeOther(name: FailureStatus | "unsupported", stdout: string): HelperResult {
  return name === "unsupported" ? { status: name } : { status: name, message: firstLine(stdout) };
}

function decodeDelayedWait(stdout: string): Wait {
  const delay = readDelay(stdout);
  if (delay === undefined) {
    throw new ProtocolError(
      "exit status 5 without a whole number of seconds alone on the first line of stdout",
    );
  }
  return waitResult(delay.seconds, delay.rest);
}

/** A negative delay stands for certmonger's own. */
function waitResult(seconds: number, rest: string): Wait {
  const cookie = cookieAfterSaving(rest);
  return seconds < 0 ? { status: "wait", cookie } : { status: "wait", cookie, delaySeconds: seconds };
}

/**
 * Splits the stdout of a reply with exit status 5 into seconds and cookie, as C's strtol does it: white space first,
 * a sign, digits; then a line end or nothing. No digits at all before a line end count as 0. All line ends after the
 * number are skipped, so an empty rest means that the next run is a SUBMIT.
 *
 * @returns `undefined` when the first line is not such a number, or there is no output
 * @see certmonger 0.79.21 src/submit-e.c, cm_submit_e_save_ca_cookie
 */
function readDelay(stdout: string): { seconds: number; rest: string } | undefined {
  const text = untilNul(stdout);
  if (text === "") return undefined;
  const number = /^[ \t\n\v\f\r]*([-+]?)([0-9]+)/.exec(text);
  const end = number === null ? 0 : number[0].length;
  if (end < text.length && text[end] !== "\n" && text[end] !== "\r") return undefined;
  const [, sign = "", digits = "0"] = number ?? [];
  return { seconds: toInt(sign, digits), rest: text.slice(skipLineEnds(text, end)) };
}

/**
 * A number as certmonger holds it: strtol stops at the limits of 64 bits, then the value is cut to a C int
 * (4294967396 is 100, 2147483648 is negative; measured on certmonger 0.79.17).
 */
function toInt(sign: string, digits: string): number {
  const significant = digits.replace(/^0+/, "").slice(0, 20);
  const size = BigInt(significant === "" ? "0" : significant);
  const value = sign === "-" ? -size : size;
  const most = 2n ** 63n - 1n;
  return Number(BigInt.asIntN(32, value > most ? most : value < -most - 1n ? -most - 1n : value));
}
