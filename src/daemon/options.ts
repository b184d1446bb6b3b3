import type { Environment } from "../../protocol/index.ts";
import type { Clock } from "./clock.ts";

export interface DaemonOptions {
  /** Where everything is kept that has no directory of its own below: `requests/`, `cas/`, `local/`, `config/`. */
  readonly directory: string;
  readonly requestsDirectory?: string;
  readonly casDirectory?: string;
  /** What helpers get as CERTMONGER_LOCAL_CA_DIR. */
  readonly localCaDirectory?: string;
  /** Where certmonger.conf is. */
  readonly configDirectory?: string;
  /** One daemon for each state: the file that it locks. */
  readonly lockFile?: string;
  /** How long to wait for another daemon to end; default 0. */
  readonly lockDeadlineMs?: number;
  /** Default: the computer's. */
  readonly clock?: Clock;
  /** Gets each line of the log with its level: 0 always worth reading, 3 each change of a state. */
  readonly log?: (level: number, line: string) => void;
  /** The daemon's own environment, of which helpers get a few names; default: nothing. */
  readonly environment?: Environment;
  /** The text of certmonger.conf, instead of the file. */
  readonly configuration?: string;
  /** Beside SelfSign, the CAs of the helpers that certmonger has installed on this machine; default false. */
  readonly hasInstalledCas?: boolean;
  /** When a helper that hangs is ended; default 10 minutes. certmonger waits for ever. */
  readonly helperDeadlineMs?: number;
  /** When a hook or a notification command that hangs is ended; default 10 minutes. */
  readonly hookDeadlineMs?: number;
  /** How long `stop` waits for running helpers before it ends them; default 10 seconds. */
  readonly stopDeadlineMs?: number;
  /** Start a CA's requests anew when IDENTIFY or a list answers something new, as certmonger does; default true. */
  readonly restartRequestsOnChange?: boolean;
  /** Put helpers on a moved clock with libfaketime, when it is installed; default true. */
  readonly movesHelperClock?: boolean;
}
