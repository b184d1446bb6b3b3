import { readFileSync } from "node:fs";

/** An exchange with a real FreeIPA server, see test/fixtures/ipa/README.md. */
export interface Recording {
  readonly name: string;
  readonly source: string;
  readonly request: {
    readonly line: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
  readonly reply: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
}

const file = new URL("../../../fixtures/ipa/recordings.jsonl", import.meta.url);

export const recordings: readonly Recording[] = readFileSync(file, "utf8")
  .trimEnd()
  .split("\n")
  .map((line): Recording => JSON.parse(line));

export function recording(name: string): Recording {
  const found = recordings.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no recording "${name}"`);
  return found;
}
