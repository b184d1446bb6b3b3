import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const configDirectory = (directory: string): string => join(directory, "config");

/** The directories of a daemon, for certmonger's and ours alike; notifications are off. */
export function makeDirectories(directory: string): void {
  for (const name of ["config", "requests", "cas", "certs"]) {
    mkdirSync(join(directory, name), { recursive: true, mode: 0o700 });
  }
  const configuration = "[defaults]\nnotification_method=none\n";
  writeFileSync(join(configDirectory(directory), "certmonger.conf"), configuration);
}

/** A CA of openssl: a root, and the command line of the helper that signs with it and answers nothing else. */
export function makeSigner(directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key"];
  const root = ["-subj", "/CN=Bench CA", "-days", "3650", "-out", "ca.pem"];
  execFileSync("openssl", ["req", "-x509", ...key, ...root], { cwd: directory, stdio: "pipe" });
  return `${join(import.meta.dirname, "sign-with-openssl.sh")} ${directory}`;
}

/** Adds a CA to a store while no daemon runs there. */
export function addCa(directory: string, nickname: string, helper: string): void {
  const record = `id=${nickname}\nca_is_default=0\nca_type=EXTERNAL\nca_external_helper=${helper}\n`;
  writeFileSync(join(directory, "cas", "20260101000000"), record, { mode: 0o600 });
}

/** Where `requestWords` puts the files of a request. */
export const certificateFile = (directory: string, id: string): string =>
  join(directory, "certs", `${id}.pem`);
export const keyFile = (directory: string, id: string): string => join(directory, "certs", `${id}.key`);

/**
 * Fills a store with requests in MONITORING: copies of one that a daemon has finished, each with an id, a subject, a
 * key file and a certificate file of its own.
 *
 * @param model a directory in which the request "model" is the only one, made with `certificateFile` and `keyFile`
 */
export function fillStore(directory: string, model: string, count: number): void {
  makeDirectories(directory);
  cpSync(join(model, "cas"), join(directory, "cas"), { recursive: true });
  const [name = ""] = readdirSync(join(model, "requests"));
  const record = readFileSync(join(model, "requests", name), "utf8");
  const certificate = readFileSync(certificateFile(model, "model"));
  const key = readFileSync(keyFile(model, "model"));
  const first = Date.UTC(2026, 0, 1);
  for (let index = 0; index < count; index++) {
    const id = timestamp(new Date(first + index * 1000));
    const own = record
      .replace(/^id=.*$/m, `id=${id}`)
      .replaceAll(certificateFile(model, "model"), certificateFile(directory, id))
      .replaceAll(keyFile(model, "model"), keyFile(directory, id))
      .replaceAll("=model.example.test", `=host${index}.example.test`);
    writeFileSync(join(directory, "requests", id), own, { mode: 0o600 });
    writeFileSync(certificateFile(directory, id), certificate, { mode: 0o600 });
    writeFileSync(keyFile(directory, id), key, { mode: 0o600 });
  }
}

/** How many requests of a store are saved in this state; `undefined`: how many there are. */
export function countRequests(directory: string, state?: string): number {
  const requests = join(directory, "requests");
  return readdirSync(requests).filter((name) => {
    if (name.endsWith(".tmp")) return false;
    return state === undefined || stateIn(join(requests, name)) === state;
  }).length;
}

/** A file that its daemon is exchanging may be gone for a moment. */
function stateIn(path: string): string | undefined {
  try {
    return /^state=(.*)$/m.exec(readFileSync(path, "utf8"))?.[1];
  } catch {
    return undefined;
  }
}

/** `YYYYMMDDHHMMSS`, as the ids and file names of requests are. */
const timestamp = (time: Date): string => time.toISOString().slice(0, 19).replace(/[-:T]/g, "");
