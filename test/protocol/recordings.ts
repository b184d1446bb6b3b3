import { readdirSync, readFileSync } from "node:fs";
import type { Reply } from "../../protocol/index.ts";

/** One run of a helper as `scripts/record-wire.sh` recorded it. */
export interface Recording {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly reply: Reply;
}

const directory = new URL("../fixtures/wire/", import.meta.url);

export const recordings: readonly Recording[] = readdirSync(directory)
  .filter((file) => file.endsWith(".env"))
  .map((file) => read(file.slice(0, -".env".length)));

export function recording(name: string): Recording {
  const found = recordings.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no recording ${name}`);
  return found;
}

function read(name: string): Recording {
  const text = (extension: string): string => readFileSync(new URL(name + extension, directory), "utf8");
  return {
    name,
    environment: parseEnvironment(text(".env")),
    reply: { exitStatus: Number(text(".status")), stdout: text(".stdout") },
  };
}

/** `NAME=value` lines; a line that starts with a tab goes on with the value before it. */
function parseEnvironment(text: string): Record<string, string> {
  const variables = text.replace(/\n$/, "").split(/\n(?!\t)/);
  return Object.fromEntries(
    variables.map((variable) => {
      const equals = variable.indexOf("=");
      return [variable.slice(0, equals), variable.slice(equals + 1).replaceAll("\n\t", "\n")];
    }),
  );
}
