/** Where getcert writes, and what of the world it may know. */
export interface Surroundings {
  /** To stdout: certmonger's getcert prints errors there too. */
  print(text: string): void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly hostname: string;
  readonly now: () => Date;
  /** stdout is a terminal: lists are laid out for a person. */
  readonly isTerminal: boolean;
  /** Width of the terminal. */
  readonly columns: number;
  /** Ends what waits: the person pressed ^C. */
  readonly signal?: AbortSignal;
}

/** Ends a command with exit code 1. */
export class Stop extends Error {
  override readonly name = "Stop";
  /** Usage of the command is shown after the message. */
  readonly showHelp: boolean;

  constructor(message: string, options: ErrorOptions & { readonly showHelp?: boolean } = {}) {
    super(message, options);
    this.showHelp = options.showHelp ?? false;
  }
}
