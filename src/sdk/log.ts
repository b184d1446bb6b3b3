/** Lines for the journal, one per step: the server, what was asked, the status, how long it took. */
export interface Log {
  error(message: string): void;
  warn(message: string): void;
  /** `-v` */
  info(message: string): void;
  /** `-vv` */
  debug(message: string): void;
}
