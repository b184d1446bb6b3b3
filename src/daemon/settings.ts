import type { Environment } from "../../protocol/index.ts";
import type { Clock } from "./clock.ts";
import type { Configuration } from "./configuration.ts";

/** What the parts of the daemon share. */
export interface Settings {
  readonly clock: Clock;
  readonly configuration: Configuration;
  readonly log: (level: number, line: string) => void;
  /** What helpers, hooks and notification commands inherit from; see `helperEnvironment`. */
  readonly environment: Environment;
  /** Added to the environment of helpers: what puts them on a moved clock. */
  readonly helperClock: () => Readonly<Record<string, string>>;
  /** When a helper that hangs is ended. certmonger waits for ever. */
  readonly helperDeadlineMs: number;
  /** When a hook or notification command that hangs is ended. certmonger waits for ever. */
  readonly hookDeadlineMs: number;
  /** Is what a query of a CA changed reason to start its requests anew, as in certmonger? */
  readonly restartRequestsOnChange: boolean;
  /** Aborted when the daemon is killed for good: running helpers are ended with it. */
  readonly abort: AbortSignal;
}
