import { writeSync } from "node:fs";
import { HelperFailure } from "../../protocol/index.ts";
import { FileError } from "../files/error.ts";

/**
 * Takes stdout away from everything but the reply: what `console.log` or a library prints goes to stderr,
 * because certmonger reads stdout as the answer.
 */
export function claimStdout(): void {
  Object.defineProperty(process, "stdout", { get: () => process.stderr, configurable: true });
}

/**
 * Writes a whole reply to stdout. A reader that has gone away is no error of this run.
 *
 * @throws {HelperFailure} when there is no room for it: a certificate that is cut off must not end in status 0
 */
export function writeReply(text: string): void {
  const bytes = Buffer.from(text, "utf8");
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(1, bytes, written);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      // A pipe that somebody made non-blocking and that is full: wait for the reader.
      if (code === "EAGAIN") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      else if (code === "EPIPE") return;
      else
        throw new HelperFailure("unreachable", FileError.from(error, "write", "stdout").message, {
          cause: error,
        });
    }
  }
}
