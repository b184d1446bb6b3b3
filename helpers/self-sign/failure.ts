import { type FailureStatus, HelperFailure } from "../../protocol/index.ts";
import { FileError } from "../../src/files/error.ts";

/** Faults of the system that pass by themselves, or with an administrator who is busy with them anyway. */
const passing: readonly string[] = [
  "ENOSPC",
  "EDQUOT",
  "EIO",
  "ENOMEM",
  "EMFILE",
  "ENFILE",
  "EAGAIN",
  "EINTR",
  "BUSY",
];

/** What a file that can not be used means to certmonger; every other error stays as it is. */
export function explain(error: unknown): unknown {
  if (!(error instanceof FileError)) return error;
  const status: FailureStatus = passing.includes(error.code) ? "unreachable" : "unconfigured";
  return new HelperFailure(status, `the CA's state: ${error.message}`, { cause: error });
}
