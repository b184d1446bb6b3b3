import { join } from "node:path";
import { ensurePrivateDirectory } from "../../src/files/private-directory.ts";
import { readIfPresent } from "../../src/files/read-if-present.ts";
import { replaceFile } from "../../src/files/replace-file.ts";

/** How long a server that was down is asked after the others. */
const coolDownMs = 10 * 60 * 1_000;

/** What earlier runs learned about the servers. Losing it costs time, nothing else. */
export interface ServerMemory {
  /** Whether the server, by name and port, was down a short while ago. */
  wasDown(server: string): boolean;
  /** The CA masters that the directory last named: for a day on which it does not answer. */
  readonly masters: readonly string[];
  noteDown(server: string): Promise<void>;
  noteUp(server: string): Promise<void>;
  noteMasters(masters: readonly string[]): Promise<void>;
}

interface Content {
  readonly version: 1;
  /** Milliseconds since 1970, by server. */
  readonly down: Readonly<Record<string, number>>;
  readonly masters: readonly string[];
}

/** The memory in `servers.json` of the state directory; one that can not be read is empty. */
export async function openServerMemory(
  directory: string,
  now: () => Date,
  grumble: (why: string) => void = () => {},
): Promise<ServerMemory> {
  const path = join(directory, "servers.json");
  let content = await read(path, grumble);
  const change = async (next: Omit<Content, "version">) => {
    content = { version: 1, ...next };
    try {
      await ensurePrivateDirectory(directory);
      await replaceFile(path, JSON.stringify(content), { sync: false });
    } catch (error) {
      grumble(textOf(error));
    }
  };
  return {
    wasDown(server) {
      const since = now().getTime() - (content.down[server] ?? Number.NEGATIVE_INFINITY);
      return since >= 0 && since < coolDownMs;
    },
    get masters() {
      return content.masters;
    },
    noteDown: (server) => change({ ...content, down: { ...content.down, [server]: now().getTime() } }),
    async noteUp(server) {
      if (content.down[server] === undefined) return;
      const { [server]: _, ...down } = content.down;
      await change({ ...content, down });
    },
    async noteMasters(masters) {
      if (masters.join() !== content.masters.join()) await change({ ...content, masters: [...masters] });
    },
  };
}

async function read(path: string, grumble: (why: string) => void): Promise<Content> {
  const nothing: Content = { version: 1, down: {}, masters: [] };
  try {
    const bytes = await readIfPresent(path);
    if (bytes === undefined) return nothing;
    const content: unknown = JSON.parse(bytes.toString("utf8"));
    return isContent(content) ? content : nothing;
  } catch (error) {
    grumble(textOf(error));
    return nothing;
  }
}

function isContent(value: unknown): value is Content {
  return (
    typeof value === "object" &&
    value !== null &&
    "version" in value &&
    value.version === 1 &&
    "down" in value &&
    typeof value.down === "object" &&
    value.down !== null &&
    Object.values(value.down).every((time) => typeof time === "number") &&
    "masters" in value &&
    Array.isArray(value.masters) &&
    value.masters.every((name) => typeof name === "string")
  );
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
