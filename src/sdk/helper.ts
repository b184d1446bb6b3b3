import type { EnrollmentRequest, EnrollmentResult, RequestField, Roots } from "../../protocol/index.ts";
import type { Log } from "./log.ts";
import type { OptionTable, OptionValues } from "./option-table.ts";

type MaybePromise<T> = T | Promise<T>;

/** What every function of a helper is given beside the request. */
export interface HelperContext<O extends OptionTable = OptionTable> {
  readonly options: OptionValues<O>;
  /** Lines for the journal, on stderr. The message for the administrator is the reply, not a log line. */
  readonly log: Log;
  /** Aborted at the deadline and on SIGTERM: hand it to everything that waits. */
  readonly signal: AbortSignal;
  /** certmonger's name for the CA this run is about. */
  readonly caNickname?: string;
  readonly now: () => Date;
  /**
   * Says where a later run can go on: from here on, a deadline or a SIGTERM is answered with `wait` and this
   * cookie instead of `unreachable`.
   */
  resumeWith(cookie: string, delaySeconds?: number): void;
}

/** What `--check` prints, a line each; `failed` makes its exit status 4. */
export interface CheckLine {
  readonly outcome: "ok" | "warning" | "failed";
  readonly text: string;
}

/** A command for people, beside the protocol: `self-sign-submit list`. */
export interface HelperCommand<O extends OptionTable = OptionTable> {
  readonly describe: string;
  /** `args` are the words after the command's name. Returns the exit status, 0 when nothing is returned. */
  run(
    args: readonly string[],
    context: HelperContext<O> & { print(text: string): void },
  ): MaybePromise<number | undefined>;
}

/**
 * A certmonger helper. `submit` is the one required function; what is absent is answered with "unsupported"
 * (exit status 6), and `poll` falls back to `submit`, because 6 is never an answer to POLL.
 */
export interface Helper<O extends OptionTable = OptionTable> {
  /** The name of the executable: `my-ca-submit`. Names the env file, the config file and the state directory. */
  readonly name: string;
  readonly version: string;
  /** What IDENTIFY answers; default: name and version. It must not change from run to run. */
  readonly identity?: string;
  /** One sentence for `--help`. */
  readonly describe?: string;
  readonly options?: O;

  /** One bounded step with the CA for a new CSR. */
  submit(request: EnrollmentRequest, context: HelperContext<O>): MaybePromise<EnrollmentResult>;
  /** The next step of a request that `submit` left waiting; `cookie` is exactly what `submit` gave. */
  poll?(
    request: EnrollmentRequest,
    cookie: string,
    context: HelperContext<O>,
  ): MaybePromise<EnrollmentResult>;
  /** FETCH-ROOTS. Only certificates from an authenticated source: certmonger trusts them. */
  roots?(context: HelperContext<O>): MaybePromise<Partial<Roots>>;
  /** GET-SUPPORTED-TEMPLATES. */
  templates?(context: HelperContext<O>): MaybePromise<readonly string[]>;
  /** GET-DEFAULT-TEMPLATE. */
  defaultTemplate?(context: HelperContext<O>): MaybePromise<string | undefined>;
  readonly newRequestRequirements?: readonly RequestField[];
  readonly renewRequestRequirements?: readonly RequestField[];
  /** FETCH-SCEP-CA-CAPS. */
  scepCapabilities?(context: HelperContext<O>): MaybePromise<readonly string[]>;
  /** FETCH-SCEP-CA-CERTS, PEM: the RA's certificate, the CA's, then the others. */
  scepCertificates?(context: HelperContext<O>): MaybePromise<readonly string[]>;

  /** `--check`: everything but the request. */
  check?(context: HelperContext<O>): AsyncIterable<CheckLine> | Iterable<CheckLine>;
  readonly commands?: Readonly<Record<string, HelperCommand<O>>>;
  /**
   * Where this helper keeps what must outlive a run: the ledger of answers is a folder in it. Default:
   * `/var/lib/certmonger-helper/NAME`.
   */
  stateDirectory?(options: OptionValues<O>): string;
  /**
   * What else the CA's answers depend on, as any text: a change of it makes the kept answers void. The options,
   * the CSR, the profile and the version of the helper count in any case; the content of a file they name does
   * not, unless it is told here.
   */
  answersDependOn?(options: OptionValues<O>): string;
}

/** Gives a helper's definition its types: option values are inferred from the option table. */
export function defineHelper<const O extends OptionTable>(helper: Helper<O>): Helper<O> {
  return helper;
}
