import { execFile } from "node:child_process";
import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { rm } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { makeScratchDirectory } from "./scratch-directory.ts";

/** Both ends of a pipe. */
export interface Pipe {
  readonly reader: Socket;
  /** To be given to a child as its descriptor 1 and then closed here: end of file comes when all have closed it. */
  readonly writerFd: number;
  /** Device and inode: how to recognise the pipe among the descriptors of other processes. */
  readonly identity: { readonly dev: number; readonly ino: number };
}

/**
 * Makes a pipe, as certmonger's stdout for helpers is one.
 *
 * What Node offers under that name is a pair of sockets, and a child can tell: opening `/dev/stdout` fails
 * on a socket, so a helper that works under certmonger would fail here. A named pipe that loses its name
 * as soon as both ends are open is a pipe in every respect.
 *
 * @throws {Error} what the system says when there is no room for it in the temporary directory
 */
export async function openPipe(): Promise<Pipe> {
  const directory = await makeScratchDirectory();
  try {
    const path = join(directory, "stdout");
    await promisify(execFile)("mkfifo", ["-m", "600", path], { env: { PATH: "/usr/bin:/bin" } });
    // Without O_NONBLOCK each end would wait for the other; the writer's must not be set, a child inherits it.
    const readerFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { dev, ino } = fstatSync(readerFd);
    const reader = new Socket({ fd: readerFd, readable: true, writable: false });
    try {
      return { reader, writerFd: openSync(path, constants.O_WRONLY), identity: { dev, ino } };
    } catch (error) {
      reader.destroy();
      throw error;
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}

export function closeWriter(pipe: Pipe): void {
  closeSync(pipe.writerFd);
}
