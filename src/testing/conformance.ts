import { resolve } from "node:path";
import { firstLine, queryOperations } from "../../protocol/index.ts";
import { findExecutable } from "../process/find-executable.ts";
import { helperPath } from "../process/helper-environment.ts";
import type { Check, Verdict } from "./checks/check.ts";
import { checks as allChecks } from "./checks/index.ts";
import { type CheckResult, type Report, resultOf, summarize } from "./report.ts";
import { type Run, stdoutText } from "./run.ts";
import { select } from "./selection.ts";
import { type Expectation, Trial } from "./trial.ts";

export interface ConformanceOptions {
  /** The helper and its arguments. A path is relative to the working directory of this process. */
  readonly command: readonly string[];
  /** PEM of a CSR that the CA accepts; without one the harness asks for names under example.test. */
  readonly csr?: string;
  /** How the plain request has to end. */
  readonly expect?: Expectation;
  /** CERTMONGER_CA_PROFILE of every request. */
  readonly profile?: string;
  /** Further variables for every run. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Groups (`poll`) and checks (`poll.status`) to run; default all. */
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  /** The longest that a run may take, in seconds; default 30. */
  readonly timeoutSeconds?: number;
  /** Runs at the same time; default 1. */
  readonly jobs?: number;
  /** How long a CA may take for a certificate that it said to wait for, in seconds; default 5. */
  readonly settleSeconds?: number;
  /** Texts that must not turn up on command lines, in output or in files. */
  readonly secrets?: readonly string[];
  /** The helper's option for its server's URL: the network faults are tried. `--url`, or `--url=`. */
  readonly serverOption?: string;
  /** Default `https://{host}:{port}/`. */
  readonly serverTemplate?: string;
  /** The helper's option for the file with the certificates to trust. */
  readonly serverCaOption?: string;
  /** The helper's option for the directory of its state: it gets one that is removed at the end. */
  readonly stateOption?: string;
  readonly signal?: AbortSignal;
  readonly onRun?: (run: Run) => void;
  /** Called with each certificate that was issued, PEM. */
  readonly onCertificate?: (pem: string) => void;
  /** Called as each check begins and ends. */
  readonly onCheck?: (progress: Progress) => void;
}

export interface Progress {
  readonly check: Check;
  /** Absent at its beginning. */
  readonly result?: CheckResult;
  /** Checks that are done, and how many there are. */
  readonly done: number;
  readonly total: number;
}

/** The harness could not try the helper: nothing is known about it. */
export class NotRunError extends Error {
  override readonly name = "NotRunError";
}

/**
 * Judges a helper. Runs it some hundred times as certmonger would, and asks each check for its verdict.
 *
 * @throws {NotRunError} when the helper can not be started
 * @throws {SelectionError} when `only` or `skip` name what is not there
 * @throws {X509Error} when `csr` is no CSR
 */
export async function checkConformance(options: ConformanceOptions): Promise<Report> {
  const command = await resolveCommand(options.command);
  const selected = select(allChecks, options.only ?? [], options.skip ?? []);
  const startedAt = new Date();
  const start = performance.now();
  const trial = await Trial.start({
    timeoutSeconds: 30,
    jobs: 1,
    settleSeconds: 5,
    secrets: [],
    serverTemplate: "https://{host}:{port}/",
    ...options,
    command,
  });
  try {
    const results = await judgeAll(trial, selected, options.onCheck);
    options.signal?.throwIfAborted();
    const known = trial.known("plain") ? await trial.plain() : undefined;
    return {
      version: 1,
      command,
      ...identityOf(trial),
      ...(known && { outcome: known.judgement.outcome }),
      startedAt: startedAt.toISOString(),
      durationMs: Math.round(performance.now() - start),
      helperMs: Math.round(trial.runs.reduce((sum, run) => sum + run.durationMs, 0)),
      runs: trial.runs.length,
      summary: summarize(results),
      notSupported: notSupportedOf(trial),
      results,
    };
  } finally {
    await trial.end();
  }
}

/** @throws {NotRunError} with the reason */
async function resolveCommand([name, ...rest]: readonly string[]): Promise<string[]> {
  if (name === undefined || name === "") throw new NotRunError("no helper was given");
  const path = name.includes("/") ? resolve(name) : name;
  const found = await findExecutable(path, helperPath, "/");
  if (typeof found === "string") return [found, ...rest];
  const elsewhere = await findExecutable(path, process.env.PATH ?? "", process.cwd());
  const hint =
    typeof elsewhere === "string" && elsewhere !== path
      ? `; it is ${elsewhere}, which is not on certmonger's PATH: give the absolute path`
      : "";
  throw new NotRunError(`${found.reason}${hint}`);
}

async function judgeAll(
  trial: Trial,
  selected: ReadonlySet<Check>,
  onCheck: ConformanceOptions["onCheck"],
): Promise<CheckResult[]> {
  const results = new Map<Check, CheckResult>();
  const keep = (check: Check, verdict: Verdict): CheckResult => {
    const result = resultOf(check, verdict, trial.options.secrets);
    results.set(check, result);
    return result;
  };
  const total = selected.size;
  let done = 0;
  const one = async (check: Check): Promise<void> => {
    if (trial.options.signal?.aborted) return;
    onCheck?.({ check, done, total });
    const result = keep(check, await check.judge(trial));
    done++;
    onCheck?.({ check, result, done, total });
  };
  for (const phase of phases([...selected])) {
    if (trial.options.jobs > 1) await Promise.all(phase.map(one));
    else for (const check of phase) await one(check);
  }
  const notSelected = { verdict: "skipped", because: "not-selected", reason: "not selected" } as const;
  return allChecks.flatMap((check) => {
    if (!selected.has(check)) return keep(check, notSelected);
    return results.get(check) ?? [];
  });
}

/**
 * The order of the work. First what certmonger does first: all queries at once, when the CA is added. Late what
 * looks at all runs, and what wants time to have gone by. Last what may leave the helper's state in ruins.
 */
function phases(selected: readonly Check[]): Check[][] {
  const order = ({ id }: Check): number => {
    if (id === "load.queries") return 0;
    if (id === "hygiene.kill") return 3;
    return /^failures\.|^load\.serials$|\.(?:[a-z]+-)?stable$/.test(id) || everyRun.test(id) ? 2 : 1;
  };
  return [0, 1, 2, 3].map((phase) => selected.filter((check) => order(check) === phase));
}

const everyRun = /^hygiene\.(?:stdout-|process-left|deadline|output-size|temporary-files|secret-)/;

function identityOf(trial: Trial): { identity?: string } {
  const run = trial.runs.find(({ operation, exitStatus }) => operation === "IDENTIFY" && exitStatus === 0);
  const identity = run && firstLine(stdoutText(run)).trim();
  return identity ? { identity } : {};
}

function notSupportedOf(trial: Trial): string[] {
  return queryOperations.filter((operation) =>
    trial.runs.some((run) => run.operation === operation && run.exitStatus === 6),
  );
}
