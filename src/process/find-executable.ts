import { constants } from "node:fs";
import { access, type FileHandle, open, stat } from "node:fs/promises";
import { resolve } from "node:path";

/** Why a command can not be started; `code` is what execve(2) would answer. */
export interface StartError {
  readonly code: string;
  /** One line for a person: `no such file or directory: /usr/libexec/my-helper`. */
  readonly reason: string;
}

/**
 * Finds the file that execvp(3) would run for a command, and checks that the kernel would start it.
 *
 * A name with a slash is a path, relative to `directory`; any other name is looked for in each directory of
 * `searchPath`. A file that may not be executed is passed over, but remembered as the reason. The
 * interpreter of a `#!` line must be there as well; a file without such a line is left to /bin/sh.
 *
 * @returns the absolute path, or the reason
 */
export async function findExecutable(
  command: string,
  searchPath: string,
  directory: string,
): Promise<string | StartError> {
  if (command === "") {
    return { code: "ENOENT", reason: "the command is empty" };
  }
  const candidates = command.includes("/")
    ? [resolve(directory, command)]
    : searchPath.split(":").map((folder) => resolve(directory, folder, command));
  let denied: StartError | undefined;
  for (const path of candidates) {
    const problem = await whyNotExecutable(path);
    if (problem === undefined) {
      return (await whyNotInterpreted(path)) ?? path;
    }
    if (problem.code !== "ENOENT") {
      denied ??= problem;
    }
  }
  return denied ?? notFound(command, searchPath);
}

function notFound(command: string, searchPath: string): StartError {
  const where = command.includes("/") ? "" : ` in ${searchPath}; write its full path`;
  return { code: "ENOENT", reason: `no such file: ${command}${where}` };
}

async function whyNotExecutable(path: string): Promise<StartError | undefined> {
  try {
    if (!(await stat(path)).isFile()) {
      return { code: "EACCES", reason: `not a file: ${path}` };
    }
  } catch {
    return { code: "ENOENT", reason: `no such file: ${path}` };
  }
  try {
    await access(path, constants.X_OK);
    return undefined;
  } catch {
    return { code: "EACCES", reason: `not executable: ${path}` };
  }
}

/** Linux looks for `#!` in the first 256 bytes (BINPRM_BUF_SIZE). */
async function whyNotInterpreted(path: string): Promise<StartError | undefined> {
  const interpreter = /^#![ \t]*([^ \t\n]+)/.exec(await readStart(path))?.[1];
  if (interpreter === undefined) {
    return undefined;
  }
  const problem = await whyNotExecutable(interpreter);
  return problem && { code: problem.code, reason: `${problem.reason} (interpreter of ${path})` };
}

/** Empty when the file may be executed but not read: then the kernel alone knows its interpreter. */
async function readStart(path: string): Promise<string> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    return buffer.toString("latin1", 0, bytesRead);
  } catch {
    return "";
  } finally {
    await file?.close();
  }
}
