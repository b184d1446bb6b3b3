import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeInvocation, type QueryOperation } from "../../protocol/index.ts";
import { helperEnvironment } from "../process/helper-environment.ts";
import { makeScratchDirectory } from "../process/scratch-directory.ts";
import { certificateToPem } from "../x509/certificate.ts";
import type { CsrSample } from "./csr-samples.ts";
import { type Judgement, judgeReply } from "./judge-reply.ts";
import { type Run, type RunSpec, runOnce } from "./run.ts";
import { endProcessesBelow } from "./run-processes.ts";
import { SampleMaker } from "./sample-maker.ts";
import { Slots } from "./slots.ts";

/** What is tried, and how. */
export interface TrialOptions {
  /** The helper and its arguments. */
  readonly command: readonly string[];
  /** PEM; the made-up CSRs ask for the same names with other keys. */
  readonly csr?: string;
  /** CERTMONGER_CA_PROFILE of every request. */
  readonly profile?: string;
  /** Further variables for every run. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The longest that one run may take, in seconds. */
  readonly timeoutSeconds: number;
  /** Runs at the same time, where a check does not ask for more. */
  readonly jobs: number;
  /** How long to wait for a CA that needs time for its first certificate, in seconds. */
  readonly settleSeconds: number;
  readonly expect?: Expectation;
  /** Texts that must not turn up in the process table, in output or in files. */
  readonly secrets: readonly string[];
  /** The option of the helper that takes its server's URL. */
  readonly serverOption?: string;
  /** `https://{host}:{port}/acme/directory`: the URL for that option. */
  readonly serverTemplate: string;
  /** The option of the helper that takes the file with the CA certificates to trust. */
  readonly serverCaOption?: string;
  /** The option of the helper that takes the directory of its state. */
  readonly stateOption?: string;
  readonly signal?: AbortSignal;
  readonly onRun?: (run: Run) => void;
  readonly onCertificate?: (pem: string) => void;
}

export type Expectation = "issued" | "wait" | "rejected" | "unreachable" | "unconfigured";

/** A request and how it went: SUBMIT, and POLL as long as the helper said wait and there was time. */
export interface Enrollment {
  readonly sample: CsrSample;
  readonly runs: readonly Run[];
  readonly last: Run;
  /** Of each run. */
  readonly judgements: readonly Judgement[];
  /** Of the last run. */
  readonly judgement: Judgement;
}

export interface EnrollOptions {
  readonly scenario: string;
  /** Changes to the environment: a value of `undefined` takes the variable away. */
  readonly changes?: Readonly<Record<string, string | undefined>>;
  readonly run?: Partial<RunSpec>;
  /** Do not poll. */
  readonly once?: boolean;
  /** Do not wait for a free slot. */
  readonly together?: boolean;
}

export type Occasion = "alone" | "all eight at once" | "once more";

/** One trial of one helper: runs it, remembers every run, and asks nothing twice that was asked already. */
export class Trial {
  readonly options: TrialOptions;
  readonly samples: SampleMaker;
  /** Every run so far, in the order of their ends. */
  readonly runs: Run[] = [];
  /** Every request so far. */
  readonly enrollments: Enrollment[] = [];
  readonly #memory = new Map<string, Promise<unknown>>();
  readonly #slots: Slots;
  readonly #directory: string;
  #count = 0;

  private constructor(options: TrialOptions, directory: string) {
    const state = withOption(options.stateOption, join(directory, "state"));
    this.options = { ...options, command: [...options.command, ...state] };
    this.samples = new SampleMaker(options.csr, caNickname);
    this.#slots = new Slots(options.jobs);
    this.#directory = directory;
  }

  static async start(options: TrialOptions): Promise<Trial> {
    const directory = await makeScratchDirectory();
    for (const name of ["local", "state"]) await mkdir(join(directory, name), { mode: 0o700 });
    return new Trial(options, directory);
  }

  /** Removes the temporary files, and ends what the runs may still have left. */
  async end(): Promise<void> {
    await endProcessesBelow(this.#directory);
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** The result of `make`, which is called for the first one who asks. */
  remember<T>(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#memory.get(key);
    // What is kept under a key was made by the same check, or by the method that owns the key.
    if (known !== undefined) return known as Promise<T>;
    const made = make();
    this.#memory.set(key, made);
    return made;
  }

  /** Whether something was asked for under this key already. */
  known(key: string): boolean {
    return this.#memory.has(key);
  }

  /** A directory for a check of its own. */
  async directory(name: string): Promise<string> {
    const path = join(this.#directory, name);
    await mkdir(path, { recursive: true, mode: 0o700 });
    return path;
  }

  /**
   * Runs the helper once; `variables` come on top of what certmonger gives to every helper. `together` does not
   * wait for a free slot.
   */
  async run(
    scenario: string,
    variables: Readonly<Record<string, string | undefined>>,
    more: Partial<RunSpec> = {},
    together = false,
  ): Promise<Run> {
    // As from a certmonger that keeps its own files elsewhere: the machine's CA is not for trying.
    const daemon = { CERTMONGER_LOCAL_CA_DIR: join(this.#directory, "local") };
    const given = { ...helperEnvironment(daemon), ...this.options.environment, ...variables };
    const environment = Object.fromEntries(
      Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
    const temporaryDirectory = join(this.#directory, `run-${++this.#count}`);
    const spec: RunSpec = {
      scenario,
      argv: this.options.command,
      environment,
      deadlineMs: this.#deadlineMs(),
      temporaryDirectory,
      secrets: this.options.secrets,
      ...(this.options.signal && { signal: this.options.signal }),
      ...more,
    };
    this.options.signal?.throwIfAborted();
    const run = await (together ? runOnce(spec) : this.#slots.with(() => runOnce(spec)));
    this.runs.push(run);
    if (run.stoppedBy === "deadline" && !run.disturbed) this.#timeouts++;
    this.options.onRun?.(run);
    return run;
  }

  /** A helper that was too slow once is not given the whole time again and again. */
  #deadlineMs(): number {
    const { timeoutSeconds } = this.options;
    if (this.#timeouts === 0) return timeoutSeconds * 1000;
    return Math.min(timeoutSeconds, this.#timeouts < 3 ? 5 : 2) * 1000;
  }

  #timeouts = 0;

  /** Asks one of the eight questions; the same occasion is asked once. */
  query(operation: QueryOperation, occasion: Occasion = "alone"): Promise<Run> {
    return this.remember(`query ${operation} ${occasion}`, async () => {
      const run = await this.run(
        occasion === "alone" ? operation : `${operation}, ${occasion}`,
        encodeInvocation({ operation, caNickname }),
        {},
        occasion === "all eight at once",
      );
      this.#lastQueryAt.set(occasion, performance.now());
      return run;
    });
  }

  /** Waits until more than a second has gone by since these runs, so that a date in an answer shows. */
  async aWhileAfter(runs: readonly Promise<Run>[]): Promise<void> {
    await Promise.all(runs);
    const since = this.#lastQueryAt.get("alone") ?? performance.now();
    const pauseMs = since + 1100 - performance.now();
    if (pauseMs > 0) await sleep(pauseMs);
  }

  readonly #lastQueryAt = new Map<Occasion, number>();

  /** The plain request, as `getcert request` makes it. Everything else is compared with it. */
  plain(): Promise<Enrollment> {
    return this.remember("plain", async () => {
      const enrollment = await this.enroll(this.samples.plain(), { scenario: "a plain request" });
      this.#patienceMs = Math.min(
        this.#patienceMs,
        enrollment.judgement.outcome === "wait" ? 0 : 3 * total(enrollment) + 2000,
      );
      return enrollment;
    });
  }

  /** How long a request may be polled: generous for the first, then by what the first one took. */
  #patienceMs = Number.POSITIVE_INFINITY;

  /** SUBMIT, and POLL while the helper says wait and `settleSeconds` are not over. */
  async enroll(sample: CsrSample, options: EnrollOptions): Promise<Enrollment> {
    const { scenario, changes = {}, run: more = {}, once = false, together = false } = options;
    const variables = { ...this.#requestVariables(sample), ...changes };
    const label = (operation: string): string => `${operation}: ${scenario}`;
    let run = await this.run(label("SUBMIT"), variables, more, together);
    let judgement = judgeReply(run, sample);
    const runs = [run];
    const judgements = [judgement];
    const patience = Math.min(this.options.settleSeconds * 1000, this.#patienceMs);
    const until = performance.now() + patience;
    let pauseMs = 0;
    for (let cookie = cookieOf(judgement); !once && cookie !== undefined && performance.now() < until; ) {
      await sleep(Math.min(pauseMs, until - performance.now()));
      pauseMs = Math.min(pauseMs + 200, 1000);
      run = await this.run(label("POLL"), { ...variables, ...pollVariables(cookie) }, more, together);
      judgement = judgeReply(run, sample);
      cookie = cookieOf(judgement);
      runs.push(run);
      judgements.push(judgement);
    }
    const enrollment = { sample, runs, last: run, judgements, judgement };
    this.#keep(enrollment);
    return enrollment;
  }

  #keep(enrollment: Enrollment): void {
    this.enrollments.push(enrollment);
    const { issued } = enrollment.judgement;
    if (issued !== undefined) this.options.onCertificate?.(certificateToPem(issued.leaf));
  }

  /** POLL with a cookie of the caller's choice; without one, the variable is not set. */
  async poll(sample: CsrSample, cookie: string | undefined, scenario: string): Promise<Enrollment> {
    const variables = { ...this.#requestVariables(sample), ...pollVariables(cookie) };
    const run = await this.run(`POLL: ${scenario}`, variables);
    const judgement = judgeReply(run, sample);
    const enrollment = { sample, runs: [run], last: run, judgements: [judgement], judgement };
    this.#keep(enrollment);
    return enrollment;
  }

  #requestVariables(sample: CsrSample): Record<string, string> {
    const { profile } = this.options;
    const request = profile === undefined ? sample.request : { ...sample.request, profile };
    return encodeInvocation({ operation: "SUBMIT", request });
  }
}

/** `--url` takes the next word, `--url=` has its value in the same one. */
export function withOption(name: string | undefined, value: string): string[] {
  if (name === undefined) return [];
  return name.endsWith("=") ? [`${name}${value}`] : [name, value];
}

/** The CA's nickname that every run is told. */
export const caNickname = "Conformance";

/** The cookie to poll with; `undefined` when there is nothing to poll for, or certmonger could not. */
function cookieOf({ outcome, cookie, faults }: Judgement): string | undefined {
  const unusable = faults.some(({ check }) => check === "poll.cookie-size");
  return outcome === "wait" && !unusable ? cookie : undefined;
}

function pollVariables(cookie: string | undefined): Record<string, string | undefined> {
  return { CERTMONGER_OPERATION: "POLL", CERTMONGER_CA_COOKIE: cookie };
}

function total({ runs }: Enrollment): number {
  return runs.reduce((sum, run) => sum + run.durationMs, 0);
}
