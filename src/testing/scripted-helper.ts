import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What the helper does when it is called. */
export interface ScriptedReply {
  readonly exitStatus: number;
  /** Default: nothing. */
  readonly stdout?: string;
  readonly stderr?: string;
  /** Wait before the reply, in milliseconds. */
  readonly delayMs?: number;
}

/**
 * The replies by operation, in order; the last one is given again and again. An operation without replies is
 * answered with 6. `SUBMIT: [{ exitStatus: 1, stdout: "order-7\n" }]`.
 */
export type Scenario = Readonly<Record<string, readonly ScriptedReply[]>>;

/** One call, as the helper saw it. */
export interface RecordedCall {
  readonly operation: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
  readonly directory: string;
}

export interface ScriptedHelper {
  /** An executable with its argument: for `getcert add-ca -e`, for `invokeHelper`, for a daemon under test. */
  readonly command: readonly string[];
  /** The calls so far, in the order of their starts. */
  readonly calls: () => Promise<RecordedCall[]>;
  readonly remove: () => Promise<void>;
}

/**
 * A helper that replies from a scenario and records what it was given: to test whoever calls helpers.
 *
 * It is a POSIX shell script with its replies in files beside it, so it starts in a millisecond and needs nothing but
 * /bin/sh. Calls at the same time get their replies in the order in which they ask.
 */
export async function scriptedHelper(scenario: Scenario): Promise<ScriptedHelper> {
  const directory = await mkdtemp(join(tmpdir(), "scripted-helper-"));
  await mkdir(join(directory, "calls"), { mode: 0o700 });
  for (const [operation, replies] of Object.entries(scenario)) {
    const folder = join(directory, "replies", operation);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const [index, reply] of replies.entries()) {
      const base = join(folder, String(index + 1));
      await writeFile(`${base}.stdout`, reply.stdout ?? "");
      await writeFile(`${base}.stderr`, reply.stderr ?? "");
      await writeFile(`${base}.delay`, String((reply.delayMs ?? 0) / 1000));
      await writeFile(`${base}.status`, String(reply.exitStatus));
    }
  }
  const path = join(directory, "helper");
  await writeFile(path, script, { mode: 0o755 });
  return {
    command: [path],
    calls: () => readCalls(join(directory, "calls")),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

async function readCalls(directory: string): Promise<RecordedCall[]> {
  const numbers = (await readdir(directory)).map(Number).toSorted((a, b) => a - b);
  return Promise.all(numbers.map((number) => readCall(join(directory, String(number)))));
}

async function readCall(path: string): Promise<RecordedCall> {
  const read = async (name: string): Promise<string> => readFile(join(path, name), "utf8").catch(() => "");
  const environment = Object.fromEntries(
    (await read("environment"))
      .split("\0")
      .filter((entry) => entry.includes("="))
      .map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
  );
  return {
    operation: environment.CERTMONGER_OPERATION ?? "",
    environment,
    argv: (await read("argv")).split("\0").slice(2, -1),
    directory: await read("directory"),
  };
}

/** mkdir is atomic: the number of a call, and of a reply, belongs to the one who made its directory. */
const script = `#!/bin/sh
# Replies from the files beside it, and records its calls there.
exec </dev/null
here=\${0%/*}
number=1
until mkdir "$here/calls/$number" 2>/dev/null; do number=$((number + 1)); done
call=$here/calls/$number
cat /proc/$$/environ >"$call/environment"
cat /proc/$$/cmdline >"$call/argv"
pwd >"$call/directory.line"
printf '%s' "$(cat "$call/directory.line")" >"$call/directory"
rm "$call/directory.line"
replies=$here/replies/\${CERTMONGER_OPERATION:-SUBMIT}
[ -d "$replies" ] || exit 6
turn=1
until mkdir "$replies/turn-$turn" 2>/dev/null; do turn=$((turn + 1)); done
while [ "$turn" -gt 1 ] && [ ! -e "$replies/$turn.status" ]; do turn=$((turn - 1)); done
sleep "$(cat "$replies/$turn.delay")"
cat "$replies/$turn.stderr" >&2
cat "$replies/$turn.stdout"
exit "$(cat "$replies/$turn.status")"
`;
