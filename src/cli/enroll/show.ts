import { ExitStatus, exitStatusName, firstLine } from "../../../protocol/index.ts";
import type { ProcessName } from "../../process/process-table.ts";
import type { HelperRun } from "../../testing/invoke-helper.ts";
import type { IssuedOutput } from "../../testing/issued-output.ts";
import { describeDuration, paint, printable } from "../terminal.ts";
import type { Attempt, Next } from "./attempts.ts";
import { type Check, describeKey, isAcceptable, namesOf } from "./certificate-check.ts";
import type { FetchedRoots } from "./fetch-roots.ts";

const maximumStderrLines = 5;
const maximumMessageLength = 1000;
const maximumLogLineLength = 300;

/** One run with SUBMIT or POLL, for a person. */
export function describeAttempt(attempt: Attempt, number: number, verbosity: number): string {
  const { helperRun, consequence, next } = attempt;
  return lines(
    paint("bold", `${number}. ${helperRun.invocation.operation}`),
    ...describeRun(helperRun, verbosity),
    field("certmonger", `${consequence.action} (${consequence.state})`),
    ...describeNext(next),
    "",
  );
}

/** The run with FETCH-ROOTS, for a person. */
export function describeRoots({ helperRun, roots, problem }: FetchedRoots, verbosity: number): string {
  const found = roots && [...roots.roots, ...roots.otherRoots].map(({ nickname }) => printable(nickname));
  return lines(
    paint("bold", "FETCH-ROOTS"),
    ...describeRun(helperRun, verbosity),
    found ? field("roots", found.join(", ")) : field("problem", paint("red", printable(problem ?? ""))),
    "",
  );
}

/** The certificate and what was checked of it, for a person. */
export function describeCertificate(issued: IssuedOutput, checks: readonly Check[]): string {
  const { leaf, others } = issued;
  const days = Math.round((leaf.notAfter.getTime() - leaf.notBefore.getTime()) / 86_400_000);
  const names = namesOf(leaf);
  return lines(
    paint("bold", "Certificate"),
    field("subject", printable(leaf.subject || "(empty)")),
    field("names", names.length === 0 ? "none" : names.map((name) => printable(name)).join(", ")),
    field("issuer", printable(leaf.issuer)),
    field("serial", leaf.serial),
    field("valid", `${time(leaf.notBefore)} to ${time(leaf.notAfter)} (${days} days)`),
    field("key", describeKey(leaf)),
    field("chain", others.length === 0 ? "none" : others.map(({ subject }) => printable(subject)).join(", ")),
    ...checks.map(describeCheck),
    "",
  );
}

export function describeVerdict(checks: readonly Check[] | undefined, files: readonly string[]): string {
  if (checks === undefined) {
    return lines(paint("red", "No certificate."));
  }
  if (!isAcceptable(checks)) {
    return lines(
      paint("red", "A certificate came out that must not be used; certmonger would have installed it."),
    );
  }
  const where = files.length === 0 ? "" : ` Written: ${files.join(", ")}.`;
  return lines(paint("green", `A certificate came out, and it is sound.${where}`));
}

function describeRun(
  { command, environment, invocation, run, ...answer }: HelperRun,
  verbosity: number,
): string[] {
  const shown = [field("command", command.map((word) => printable(word)).join(" "))];
  if (verbosity > 0) {
    shown.push(
      ...Object.entries(environment).map(([name, value]) => field("", describeVariable(name, value))),
    );
  }
  if (run.status === "not-started") {
    return [...shown, field("problem", paint("red", printable(run.reason)))];
  }
  const ended =
    run.status === "exited"
      ? describeStatus(run.exitStatus, invocation.operation === "FETCH-ROOTS")
      : `killed by ${run.signal}`;
  const stdout = Buffer.from(run.stdout).toString("utf8");
  shown.push(field("result", `${ended}, after ${describeDuration(run.durationMs)}`));
  shown.push(field("stdout", stdout === "" ? "nothing" : describeStdout(stdout)));
  const errors = run.stderr.split("\n").filter((line) => line !== "");
  const most = verbosity > 0 ? errors.length : maximumStderrLines;
  shown.push(
    ...errors.slice(0, most).map((line, index) => field(index === 0 ? "stderr" : "", describeLogLine(line))),
  );
  if (errors.length > most) {
    shown.push(field("", `... ${errors.length - most} lines more (-v)`));
  }
  if ("problem" in answer) {
    shown.push(field("problem", paint("red", printable(answer.problem))));
  }
  if (run.stdoutHeld && run.stoppedBy === undefined) {
    const { by, afterExitMs } = run.stdoutHeld;
    shown.push(
      fault(
        `stdout stayed open for ${describeDuration(afterExitMs)} after the exit, held by ${processes(by)}`,
      ),
    );
  }
  if (run.stdoutClosedEarly) {
    const time = describeDuration(run.stdoutClosedEarly.beforeExitMs);
    shown.push(fault(`stdout was closed ${time} before the exit: all of certmonger stands still meanwhile`));
  }
  if (run.leftBehind.length > 0) {
    shown.push(fault(`left behind, and ended here: ${processes(run.leftBehind)}`));
  }
  return shown;
}

/** The first line whole, for it is the message in which the helper says what to do, and what is after it. */
function describeStdout(stdout: string): string {
  return `${printable(firstLine(stdout), maximumMessageLength)}${more(stdout)}`;
}

/** Without the level that our helpers put before a line for the journal. */
function describeLogLine(line: string): string {
  return printable(line.replace(/^<[0-7]>/, ""), maximumLogLineLength);
}

function describeStatus(status: number, isQuestion: boolean): string {
  const name = exitStatusName(status)?.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  const meaning = isQuestion && status === ExitStatus.issued ? "answered" : name;
  return `exit status ${status} (${meaning ?? "not in the protocol"})`;
}

/** `2026-11-23 13:09:04 UTC` */
function time(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** How much there is after the first line. */
function more(text: string): string {
  const count = text.replace(/\n$/, "").split("\n").length - 1;
  return count === 0
    ? ""
    : paint(
        "dim",
        ` (${count} more ${count === 1 ? "line" : "lines"}, ${Buffer.byteLength(text)} bytes in all)`,
      );
}

function describeVariable(name: string, value: string): string {
  const [first = "", ...rest] = value.replace(/\n$/, "").split("\n");
  const isPem = first.startsWith("-----BEGIN ");
  const shown = isPem ? `${first}...` : [first, ...rest].map((line) => printable(line, 60)).join("\\n");
  return paint("dim", `${name}=${shown}`);
}

function describeNext(next: Next): string[] {
  switch (next.step) {
    case "end":
      return [];
    case "give-up":
      return [field("here", next.because)];
    case "wait":
      return [field("here", `waits ${describeDuration(next.waitMs)}`)];
    case "new-key":
      return [field("here", "makes a new key and CSR at once")];
  }
}

function describeCheck({ verdict, text }: Check): string {
  switch (verdict) {
    case "good":
      return `   ${paint("green", "✓")} ${printable(text, 200)}`;
    case "bad":
      return `   ${paint("red", "✗")} ${printable(text, 200)}`;
    case "unknown":
      return `   ${paint("yellow", "?")} ${printable(text, 200)}`;
  }
}

function processes(names: readonly ProcessName[]): string {
  return names.map(({ pid, name }) => `process ${pid} (${printable(name)})`).join(", ");
}

function fault(text: string): string {
  return field("fault", paint("red", text));
}

function field(label: string, text: string): string {
  return `   ${label.padEnd(11)} ${text}`;
}

function lines(...texts: string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}
