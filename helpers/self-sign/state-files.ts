import { join } from "node:path";

/** The files of the helper in its state directory, beside those of `local-submit`. */
export interface StateFiles {
  readonly directory: string;
  /** Held while a CA is made. */
  readonly lock: string;
  /** One line for each certificate that was issued. */
  readonly record: string;
  /** The CA of certmonger's `local-submit`: read once, never written. */
  readonly credentials: string;
}

export function stateFiles(directory: string): StateFiles {
  return {
    directory,
    lock: join(directory, "self-sign.lock"),
    record: join(directory, "issued.jsonl"),
    credentials: join(directory, "creds"),
  };
}
