import { hash } from "node:crypto";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { EnrollmentRequest, EnrollmentResult, Issued } from "../../protocol/index.ts";
import { ensurePrivateDirectory } from "../files/private-directory.ts";
import { readIfPresent } from "../files/read-if-present.ts";
import { replaceFile } from "../files/replace-file.ts";

/** How long an answer is worth keeping: certmonger repeats a SUBMIT at once or after a restart, not later. */
const keptForMs = 24 * 3_600 * 1_000;

/** What the CA gave for a CSR: a certificate, or the helper's own cookie of an open order. */
export type KeptAnswer = Issued | { readonly status: "ordered"; readonly cookie: string };

/**
 * The answers that certmonger may never have taken.
 *
 * certmonger can run SUBMIT twice for one CSR and throw the first answer away (measured on 0.79.17 and
 * 0.79.21: IDENTIFY arrives while a SUBMIT runs; the daemon stops; the request is modified), and a helper may
 * be killed after the CA has signed. The kept answer is then given again: one certificate, one order.
 */
export interface Ledger {
  /** The answer kept for this request, unless it is old or certmonger shows that it has it. */
  find(): Promise<KeptAnswer | undefined>;
  /** Keeps or forgets what this run learned. `inner` is the helper's own cookie. */
  note(result: EnrollmentResult, inner: string | undefined): Promise<void>;
}

export interface LedgerPlace {
  /** The helper's state directory. */
  readonly directory: string;
  readonly request: EnrollmentRequest;
  readonly csrDigest: string;
  /** The helper's options: other options may mean another CA. */
  readonly options: unknown;
  /** What else answers depend on, as it is now; it may change during the run, when a CA is made. */
  readonly dependsOn: () => string;
  readonly now: () => Date;
}

export function openLedger(place: LedgerPlace): Ledger {
  const { request, now } = place;
  const identity = [place.csrDigest, request.caNickname, request.profile, request.issuer, place.options];
  const name = hash("sha256", JSON.stringify(identity)).slice(0, 32);
  const directory = join(place.directory, "answers");
  const path = join(directory, `${name}.json`);

  return {
    async find() {
      // Asked first: there is none in nearly every run, and an exception is dear.
      if (!existsSync(path)) return undefined;
      // Who could have put it there could hand certmonger roots to trust, or have this run wait for a pipe's other end.
      for (const holder of [place.directory, directory]) await ensurePrivateDirectory(holder);
      const entry = parseEntry(await readIfPresent(path));
      if (entry === undefined || Math.abs(now().getTime() - entry.made) > keptForMs) return undefined;
      if (entry.dependsOn !== place.dependsOn()) return undefined;
      const { answer } = entry;
      const hasIt = answer.status === "issued" && isSamePem(answer.certificate, request.previousCertificate);
      return hasIt ? undefined : answer;
    },
    async note(result, inner) {
      const answer = worthKeeping(result, inner);
      if (answer !== undefined) {
        await ensurePrivateDirectory(directory);
        // Not flushed to the disk: it need survive this process, not a loss of power.
        const entry: Entry = { version: 1, made: now().getTime(), dependsOn: place.dependsOn(), answer };
        const content = JSON.stringify(entry);
        await replaceFile(path, content, { mode: 0o600, sync: false });
        // For every sixteenth CSR will do, and costs the other runs nothing.
        if (place.csrDigest.startsWith("0")) forgetOld(directory, `${name}.json`, now());
      } else if (result.status !== "unreachable") remove(path);
    },
  };
}

function worthKeeping(result: EnrollmentResult, inner: string | undefined): KeptAnswer | undefined {
  if (result.status === "issued") return result;
  return result.status === "wait" && inner ? { status: "ordered", cookie: inner } : undefined;
}

interface Entry {
  readonly version: 1;
  /** Milliseconds since 1970. */
  readonly made: number;
  readonly dependsOn: string;
  readonly answer: KeptAnswer;
}

/** A damaged entry is no entry: the worst that follows is a second certificate. */
function parseEntry(content: Buffer | undefined): Entry | undefined {
  if (content === undefined) return undefined;
  try {
    const entry: unknown = JSON.parse(content.toString("utf8"));
    return isEntry(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== "object" || value === null) return false;
  const { version, made, dependsOn, answer }: Partial<Record<keyof Entry, unknown>> = value;
  return version === 1 && typeof made === "number" && typeof dependsOn === "string" && isAnswer(answer);
}

function isAnswer(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { status, certificate, chain, roots = [], cookie }: Partial<Record<string, unknown>> = { ...value };
  if (status === "issued") return isText(certificate) && isListOf(isText, chain) && isListOf(isNamed, roots);
  return status === "ordered" && isText(cookie);
}

const isText = (value: unknown): boolean => typeof value === "string";
const isListOf = (isItem: (item: unknown) => boolean, value: unknown): boolean =>
  Array.isArray(value) && value.every(isItem);

function isNamed(value: unknown): boolean {
  const { nickname, certificate }: Partial<Record<string, unknown>> = { ...(value ?? {}) };
  return isText(nickname) && isText(certificate);
}

function isSamePem(one: string, other: string | undefined): boolean {
  return other !== undefined && one.replace(/\s/g, "") === other.replace(/\s/g, "");
}

/** Looks at neighbours of the entry just written: names are digests, so that all get their turn. */
function forgetOld(directory: string, written: string, now: Date): void {
  const names = readdirSync(directory).sort();
  const start = names.indexOf(written) + 1;
  for (const name of [...names.slice(start), ...names].slice(0, 256)) {
    const path = join(directory, name);
    const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now.getTime();
    if (now.getTime() - made > keptForMs) remove(path);
  }
}

function remove(path: string): void {
  rmSync(path, { force: true });
}
