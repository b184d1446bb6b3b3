export interface PartOptions {
  /** The directory of the executable and its links. */
  readonly bin: string;
  /** An empty directory. */
  readonly scratch: string;
  readonly pairs: number;
}

/** One part of the figures. */
export interface Part {
  /** Markdown. */
  readonly figures: string;
  /** The same for programs. */
  readonly data: object;
  /** What is over its bound, one line each. */
  readonly broken: readonly string[];
  /** Why something could not be measured here. */
  readonly notMeasured?: string;
  /** A picture of the figures. */
  readonly chart?: { readonly name: string; readonly svg: string };
}
