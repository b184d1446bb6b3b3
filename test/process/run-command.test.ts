import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Command, CommandRun, Exited, Killed } from "../../src/process/command.ts";
import { helperEnvironment } from "../../src/process/helper-environment.ts";
import { runCommand } from "../../src/process/run-command.ts";

let directory: string;

beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), "process-")));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

function shell(script: string, options: Partial<Command> = {}): Promise<CommandRun> {
  return runCommand({
    argv: ["sh", "-c", script],
    environment: helperEnvironment(),
    deadlineMs: 15_000,
    ...options,
  });
}

/** The run of a command that did start. */
async function ran(script: string, options: Partial<Command> = {}): Promise<Exited | Killed> {
  const run = await shell(script, options);
  if (run.status === "not-started") {
    throw new Error(run.reason);
  }
  return run;
}

async function stdoutOf(script: string, options: Partial<Command> = {}): Promise<string> {
  return Buffer.from((await ran(script, options)).stdout).toString();
}

function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout !== "" && !stdout.startsWith("Z");
}

describe("what a command finds", () => {
  it("stdin is closed, stdout and stderr are open, nothing else is", async () => {
    const script = 'for n in 0 1 2 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$n ] && echo "$n"; done; :';
    expect(await stdoutOf(script)).toBe("1\n2\n");
  });

  it("reading stdin is an error, not an end of file", async () => {
    const run = await ran("cat");
    expect(run).toMatchObject({ status: "exited", exitStatus: 1 });
    expect(run.stderr).toContain("Bad file descriptor");
  });

  it("stdout is a pipe that can be opened by name", async () => {
    expect(await stdoutOf("[ -p /dev/stdout ] && echo by name >/dev/stdout")).toBe("by name\n");
  });

  it("the environment is the given one and nothing else", async () => {
    const environment = { PATH: "/usr/bin:/bin", B: "two words", A: "", C: "line\nline" };
    const text = await stdoutOf("env -0", { argv: ["env", "-0"], environment });
    expect(Object.fromEntries(text.split("\0").slice(0, -1).map(splitVariable))).toEqual(environment);
  });

  it("the working directory is / and the umask 077", async () => {
    expect(await stdoutOf("pwd -P; umask")).toBe("/\n0077\n");
  });

  it("the working directory can be another", async () => {
    expect(await stdoutOf("pwd -P", { directory })).toBe(`${directory}\n`);
  });

  it("arguments arrive as they are, whatever a shell would make of them", async () => {
    const hostile = ["$HOME", "`id`", "$(id)", "a;b|c >d", "'\"", "*", "", "-n", "--", "\\", "a\nb", "ä"];
    const print = ["sh", "-c", 'printf "%s\\0" "$0" "$@"', ...hostile];
    expect(await stdoutOf("", { argv: print })).toBe(hostile.map((word) => `${word}\0`).join(""));
  });

  it("its own name is the word it was called by", async () => {
    await writeFile(join(directory, "my-helper"), "#!/bin/sh\necho helper\n", { mode: 0o755 });
    const environment = { PATH: `${directory}:/usr/bin:/bin` };
    expect(await stdoutOf("", { argv: ["my-helper"], environment })).toBe("helper\n");
    expect(await stdoutOf("", { argv: ["sh", "-c", "tr '\\0' ' ' </proc/$$/cmdline"], environment })).toMatch(
      /^sh -c /,
    );
  });

  it("no terminal: it leads a session of its own", async () => {
    expect(await stdoutOf("ps -o sid= -p $$ | tr -d ' '; echo $$")).toMatch(/^(\d+)\n\1\n$/);
  });
});

function splitVariable(text: string): [string, string] {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
}

describe("how a command ends", () => {
  it.each([0, 1, 2, 17, 126, 127, 255])("exit status %i", async (status) => {
    expect(await shell(`exit ${status}`)).toMatchObject({
      status: "exited",
      exitStatus: status,
      leftBehind: [],
    });
  });

  it.each(["SIGKILL", "SIGSEGV", "SIGTERM"] as const)("killed by %s", async (signal) => {
    const run = await ran(`echo partly; kill -${signal.slice(3)} $$`);
    expect(run).toMatchObject({ status: "killed", signal });
    expect(run).not.toHaveProperty("stoppedBy");
    expect(String(Buffer.from(run.stdout))).toBe("partly\n");
  });

  it("stdout and stderr are kept apart, to the last byte", async () => {
    const run = await ran("head -c 3000000 /dev/zero; echo trouble >&2; exit 3");
    expect(run.stdout.length).toBe(3_000_000);
    expect(run.stderr).toBe("trouble\n");
  });

  it("of stderr only the start is kept, and the rest is read", async () => {
    const run = await ran("yes trouble | head -c 1000000 >&2; echo done");
    expect(run.stderr.length).toBe(64 * 1024);
    expect(String(Buffer.from(run.stdout))).toBe("done\n");
  });

  it("a closed stderr is no matter", async () => {
    expect(await stdoutOf("exec 2>&-; echo done")).toBe("done\n");
  });

  it("takes at least as long as it took", async () => {
    expect((await ran("sleep 0.2")).durationMs).toBeGreaterThan(190);
  });

  it("leaves no file in the temporary directory", async () => {
    const before = process.env.TMPDIR;
    process.env.TMPDIR = directory;
    try {
      await shell("true");
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
    expect(await readdir(directory)).toEqual([]);
  });
});

describe("a command that can not be started", () => {
  beforeEach(async () => {
    await mkdir(join(directory, "bin"));
    await mkdir(join(directory, "bin/directory"));
    const script = async (name: string, text: string, mode: number) => {
      await writeFile(join(directory, "bin", name), text);
      await chmod(join(directory, "bin", name), mode);
    };
    await script("not-executable", "#!/bin/sh\n", 0o644);
    await script("no-interpreter", "#!/nowhere/python -u\n", 0o755);
    await script("plain-interpreter", `#! ${join(directory, "bin/not-executable")}\n`, 0o755);
    await script("no-first-line", "echo run by sh\n", 0o755);
  });

  it.each([
    {
      argv: ["missing"],
      code: "ENOENT",
      reason: "no such file: missing in $/bin:/usr/bin:/bin; write its full path",
    },
    { argv: ["$/missing"], code: "ENOENT", reason: "no such file: $/missing" },
    { argv: [], code: "ENOENT", reason: "the command is empty" },
    { argv: ["not-executable"], code: "EACCES", reason: "not executable: $/bin/not-executable" },
    { argv: ["directory"], code: "EACCES", reason: "not a file: $/bin/directory" },
    {
      argv: ["no-interpreter"],
      code: "ENOENT",
      reason: "no such file: /nowhere/python (interpreter of $/bin/no-interpreter)",
    },
    {
      argv: ["plain-interpreter"],
      code: "EACCES",
      reason: "not executable: $/bin/not-executable (interpreter of $/bin/plain-interpreter)",
    },
    {
      argv: ["true", "x".repeat(200_000)],
      code: "E2BIG",
      reason: "cannot start true: environment or arguments too big",
    },
  ])("$argv.0: $code", async ({ argv, code, reason }) => {
    const fill = (text: string) => text.replaceAll("$", directory);
    const run = await shell("", {
      argv: argv.map(fill),
      environment: { PATH: fill("$/bin:/usr/bin:/bin") },
    });
    expect(run).toEqual({ status: "not-started", code, reason: fill(reason) });
  });

  it("says so when the working directory is missing", async () => {
    expect(await shell("true", { directory: join(directory, "gone") })).toEqual({
      status: "not-started",
      code: "ENOENT",
      reason: `cannot start sh: no such directory: ${join(directory, "gone")}`,
    });
  });

  it("an aborted signal is reason enough", async () => {
    expect(await shell("true", { signal: AbortSignal.abort() })).toMatchObject({ code: "ECANCELED" });
  });

  it("a file without a first line for the kernel is run by the shell, as execvp does", async () => {
    expect(await stdoutOf("", { argv: [join(directory, "bin/no-first-line")] })).toBe("run by sh\n");
  });
});

describe("a command that has to be stopped", () => {
  it("at the deadline, with all it started", async () => {
    const run = await ran('sleep 60 & sleep 60 & echo "$$ $!"; wait', { deadlineMs: 300 });
    expect(run).toMatchObject({ status: "killed", signal: "SIGTERM", stoppedBy: "deadline", leftBehind: [] });
    for (const pid of Buffer.from(run.stdout).toString().split(" ")) {
      await expect.poll(() => isAlive(Number(pid))).toBe(false);
    }
    expect(run.durationMs).toBeLessThan(2000);
  });

  it("may answer SIGTERM with a status of its own", async () => {
    const run = await ran("trap 'echo stopped; exit 3' TERM; echo ready; sleep 60 & wait", {
      deadlineMs: 300,
    });
    expect(run).toMatchObject({ status: "exited", exitStatus: 3, stoppedBy: "deadline" });
    expect(String(Buffer.from(run.stdout))).toBe("ready\nstopped\n");
  });

  it("with SIGKILL when it does not listen to SIGTERM", async () => {
    const run = await ran("trap '' TERM; while :; do sleep 0.05; done", { deadlineMs: 200 });
    expect(run).toMatchObject({ status: "killed", signal: "SIGKILL", stoppedBy: "deadline", leftBehind: [] });
  });

  it("when the caller gives up", async () => {
    const run = await ran("sleep 60", { signal: AbortSignal.timeout(200) });
    expect(run).toMatchObject({ status: "killed", signal: "SIGTERM", stoppedBy: "abort" });
  });

  it("when it writes without end, and keeps what fits", async () => {
    const run = await ran("yes", { maximumOutputBytes: 100_001 });
    expect(run).toMatchObject({ status: "killed", stoppedBy: "output-limit" });
    expect(run.stdout.length).toBe(100_001);
  });

  it("but not when its output just fits", async () => {
    const run = await ran("head -c 1000 /dev/zero", { maximumOutputBytes: 1000 });
    expect(run).toMatchObject({ status: "exited", exitStatus: 0 });
    expect(run).not.toHaveProperty("stoppedBy");
  });

  it("a deadline of more than 25 days is not one of nought", async () => {
    expect(await shell("sleep 0.1; exit 9", { deadlineMs: 1e12 })).toMatchObject({ exitStatus: 9 });
  });
});

describe("a command that certmonger would stumble over", () => {
  it("holds stdout after its exit: says who and how long", async () => {
    const run = await ran("sleep 0.5 & echo done; exit 7");
    expect(run).toMatchObject({
      status: "exited",
      exitStatus: 7,
      stdoutHeld: { by: [{ pid: expect.any(Number), name: "sleep" }] },
      leftBehind: [],
    });
    expect(run.stdoutHeld?.afterExitMs).toBeGreaterThan(300);
    expect(run.durationMs).toBeGreaterThan(490);
    expect(run).not.toHaveProperty("stdoutClosedEarly");
  });

  it("holds stdout in another session: is found by its stdout and ended at the deadline", async () => {
    const run = await ran("setsid sleep 60 & echo done", { deadlineMs: 500 });
    expect(run).toMatchObject({ status: "exited", exitStatus: 0, stoppedBy: "deadline" });
    const holders = run.stdoutHeld?.by ?? [];
    expect(holders.map(({ name }) => name)).toEqual(["sleep"]);
    await expect.poll(() => holders.map(({ pid }) => isAlive(pid))).toEqual([false]);
  });

  it("closes stdout and goes on: says how long", async () => {
    const run = await ran("echo done; exec >&-; sleep 0.3; exit 2");
    expect(run).toMatchObject({ status: "exited", exitStatus: 2 });
    expect(run.stdoutClosedEarly?.beforeExitMs).toBeGreaterThan(250);
    expect(run).not.toHaveProperty("stdoutHeld");
  });

  it("leaves a process behind that does not hold stdout: names it and ends it", async () => {
    const run = await ran("sleep 60 >/dev/null 2>&1 & echo $!");
    const pid = Number(Buffer.from(run.stdout));
    expect(run.leftBehind).toEqual([{ pid, name: "sleep" }]);
    await expect.poll(() => isAlive(pid)).toBe(false);
    expect(run.durationMs).toBeLessThan(5000);
  });

  it("leaves a process in a process group of its own behind: the same", async () => {
    const run = await ran("set -m; sleep 60 >/dev/null 2>&1 & echo $!");
    expect(run.leftBehind).toEqual([{ pid: Number(Buffer.from(run.stdout)), name: "sleep" }]);
  });

  it("does none of this: nothing is said", async () => {
    const run = await ran("echo one; echo two | cat; exit 0");
    expect(Object.keys(run).sort()).toEqual([
      "durationMs",
      "exitStatus",
      "leftBehind",
      "status",
      "stderr",
      "stdout",
    ]);
  });
});

it("many commands run side by side without seeing each other's output", async () => {
  const runs = await Promise.all(Array.from({ length: 12 }, (_, n) => stdoutOf(`sleep 0.1; echo ${n}`)));
  expect(runs).toEqual(Array.from({ length: 12 }, (_, n) => `${n}\n`));
});
