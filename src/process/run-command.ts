import { ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Command, CommandRun } from "./command.ts";
import { findExecutable, type StartError } from "./find-executable.ts";
import { helperPath } from "./helper-environment.ts";
import { observe } from "./observe.ts";
import { closeWriter, openPipe, type Pipe } from "./stdout-pipe.ts";

/**
 * Runs an executable as certmonger runs a helper, and reports what it did.
 *
 * stdin is closed, stdout a pipe that is read to its end, the environment is the given one and nothing
 * else, the working directory `/`, the umask 077. Unlike certmonger, the command leads a session of its
 * own, so that a deadline can end it with all that it started, and its stderr is kept.
 *
 * Whatever the command does is a value, not a throw, and nothing of it is left running.
 *
 * @throws {Error} when the temporary directory has no room for a pipe
 * @see certmonger 0.79.21 src/subproc.c, cm_subproc_start and cm_subproc_ready
 */
export async function runCommand(command: Command): Promise<CommandRun> {
  const { argv, environment, directory = "/", signal } = command;
  const [name = ""] = argv;
  const executable = await findExecutable(name, environment.PATH ?? helperPath, directory);
  if (typeof executable !== "string") {
    return { status: "not-started", ...executable };
  }
  if (signal?.aborted) {
    return { status: "not-started", code: "ECANCELED", reason: `aborted before ${name} was started` };
  }
  const pipe = await openPipe();
  try {
    const startedAt = performance.now();
    const child = await start(command, executable, pipe);
    return child instanceof ChildProcess
      ? await observe(child, startedAt, pipe, command)
      : { status: "not-started", ...child };
  } finally {
    pipe.reader.destroy();
  }
}

/**
 * Node can not start a process without stdin, so a shell closes it, sets the umask, and becomes the command.
 *
 * The text is fixed; the command and its arguments are positional parameters and never interpreted.
 * The shell would add PWD, OLDPWD and SHLVL to the environment. (Where /bin/sh is bash, `_` remains.)
 */
const trampoline = 'umask 077; unset PWD OLDPWD SHLVL; exec "$@" <&- 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-';

async function start(command: Command, executable: string, pipe: Pipe): Promise<ChildProcess | StartError> {
  const { argv, environment, directory = "/" } = command;
  const [name = "", ...rest] = argv;
  // The command sees the name it was called by, unless the shell would take that for an option of `exec`.
  const parameters = [name.startsWith("-") ? executable : name, ...rest];
  try {
    const child = spawn("/bin/sh", ["-c", trampoline, "sh", ...parameters], {
      cwd: directory,
      env: environment,
      stdio: ["ignore", pipe.writerFd, "pipe"],
      detached: true,
    });
    await once(child, "spawn");
    return child;
  } catch (error) {
    return startError(error, name, directory);
  } finally {
    closeWriter(pipe);
  }
}

function startError(error: unknown, name: string, directory: string): StartError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "UNKNOWN";
  switch (code) {
    case "E2BIG": // one variable or argument of 128 KiB, or all together more than the kernel takes
      return { code, reason: `cannot start ${name}: environment or arguments too big` };
    case "ENOENT": // the command is there, we looked
    case "ENOTDIR":
      return { code, reason: `cannot start ${name}: no such directory: ${directory}` };
    default:
      return { code, reason: `cannot start ${name}: ${error instanceof Error ? error.message : error}` };
  }
}
