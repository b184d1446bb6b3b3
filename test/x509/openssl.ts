import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What `openssl` said; a status other than 0 is for the test to judge. */
export interface OpensslRun {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs the command line tool, the second opinion on what we make; throws when it can not be run at all. */
export function openssl(args: readonly string[], input?: string | Uint8Array): Promise<OpensslRun> {
  return new Promise((resolve, reject) => {
    const options = { encoding: "buffer", maxBuffer: 64 * 1024 * 1024 } as const;
    const child = execFile("openssl", args, options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== "number") reject(error);
      else resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr: stderr.toString() });
    });
    // A command that does not read its standard input closes it early.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

/** Standard output as text; throws what it said on standard error when it fails. */
export async function opensslText(args: readonly string[], input?: string | Uint8Array): Promise<string> {
  const { status, stdout, stderr } = await openssl(args, input);
  if (status !== 0) throw new Error(`openssl ${args.join(" ")}: status ${status}: ${stderr}`);
  return stdout.toString();
}

/** Runs `work` with the path of a new, empty directory that goes away afterwards. */
export async function inDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "certmonger-helper-x509-"));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}
