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
    lock: `${directory}/self-sign.lock`,
    record: `${directory}/issued.jsonl`,
    credentials: `${directory}/creds`,
  };
}
