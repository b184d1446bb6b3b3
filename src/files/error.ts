/**
 * A file that can not be read, written, made private or locked.
 *
 * The message names the path and the reason in one line: `cannot write /etc/x.pem: no space left on device`.
 */
export class FileError extends Error {
  override readonly name = "FileError";
  /** The system's name of the reason (`ENOSPC`), or one of ours (`NOT-PRIVATE`, `BUSY`, `NOT-A-LOCK`). */
  readonly code: string;
  readonly path: string;

  constructor(code: string, path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.path = path;
  }

  /** Says what could not be done to `path`, with the system's own words for the reason. */
  static from(error: unknown, verb: string, path: string): FileError {
    if (error instanceof FileError) {
      return error;
    }
    const code = errorCode(error) ?? "UNKNOWN";
    return new FileError(code, path, `cannot ${verb} ${path}: ${describe(code, error)}`, { cause: error });
  }
}

/** The `code` of an error that the system or Node made; `undefined` for every other value. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function describe(code: string, error: unknown): string {
  // Not imported: node:util takes two milliseconds, and files seldom fail.
  const { getSystemErrorMap } = process.getBuiltinModule("node:util");
  for (const [name, description] of getSystemErrorMap().values()) {
    if (name === code) {
      return description;
    }
  }
  return error instanceof Error ? (error.message.split("\n")[0] ?? code) : code;
}
