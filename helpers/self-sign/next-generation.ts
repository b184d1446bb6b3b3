import { readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { HelperFailure } from "../../protocol/index.ts";
import { withLock } from "../../src/files/lock.ts";
import { ensurePrivateDirectory } from "../../src/files/private-directory.ts";
import { replaceFile } from "../../src/files/replace-file.ts";
import { type Authority, type AuthorityContext, type AuthoritySettings, openAuthority } from "./authority.ts";
import { chooseGeneration } from "./choose-generation.ts";
import { type Generation, generationPath, readGenerations } from "./generations.ts";
import { readRecord } from "./issued-record.ts";
import { makeAuthority, makeSubject } from "./make-authority.ts";
import type { StateFiles } from "./state-files.ts";
import { readLocalSubmitAuthority } from "./take-over.ts";

const lockDeadlineMs = 60_000;

/** Makes the next generation now, before it is due. */
export async function rollOver(
  files: StateFiles,
  settings: AuthoritySettings,
  context: AuthorityContext,
): Promise<Authority> {
  await openAuthority(files, settings, context);
  await underLock(files, context, async (generations) => makeNext(files, settings, context, generations));
  return await openAuthority(files, settings, context);
}

/** Makes a CA if one is due: takes over that of `local-submit`, or makes a new one. */
export async function makeWhatIsDue(
  files: StateFiles,
  settings: AuthoritySettings,
  context: AuthorityContext,
): Promise<void> {
  await ensurePrivateDirectory(files.directory);
  await underLock(files, context, async (generations) => {
    const { action } = chooseGeneration(generations, context.now());
    if (action === "make") await makeNext(files, settings, context, generations);
  });
}

/** Others may have made the CA while this process waited for the lock: the work sees what is there then. */
async function underLock(
  files: StateFiles,
  { signal }: AuthorityContext,
  work: (generations: readonly Generation[]) => Promise<void>,
): Promise<void> {
  await withLock(files.lock, { deadlineMs: lockDeadlineMs, signal }, async () => {
    await work(readGenerations(files.directory));
  });
}

async function makeNext(
  files: StateFiles,
  settings: AuthoritySettings,
  context: AuthorityContext,
  generations: readonly Generation[],
): Promise<void> {
  const newest = generations.at(-1);
  if (newest === undefined) {
    refuseToForget(files);
    const takenOver = await readLocalSubmitAuthority(files.credentials);
    if (takenOver !== undefined) {
      await writeGeneration(files.directory, 1, takenOver);
      context.log.info(`took over the CA of local-submit in ${files.credentials}`);
      return;
    }
  }
  const subjectDer = newest?.certificate.subjectDer ?? makeSubject(settings.name);
  const { keyKind, validitySeconds } = settings;
  const { privateKeyPem, certificatePem } = makeAuthority({
    keyKind,
    subjectDer,
    validitySeconds,
    now: context.now(),
  });
  const number = (newest?.number ?? 0) + 1;
  await writeGeneration(files.directory, number, { privateKeyPem, certificatePems: [certificatePem] });
  context.log.info(`made a new CA: generation ${number} in ${files.directory}`);
}

/** Certificates were issued here, so there was a CA: it is lost, and only a person can say what that means. */
function refuseToForget(files: StateFiles): void {
  const { entries } = readRecord(files.record);
  if (entries.length === 0) return;
  throw new HelperFailure(
    "unconfigured",
    `the CA that issued what ${files.record} lists is gone from ${files.directory}: ` +
      `restore ca-*.pem from a backup, or move ${files.record} away to begin with a new CA`,
  );
}

/** What `replaceFile` leaves behind when it is killed. */
const leftoverName = /^\.ca-\d+\.pem\..*\.new$/;

/** Puts a generation in place. Only for who holds the lock. */
async function writeGeneration(
  directory: string,
  number: number,
  { privateKeyPem, certificatePems }: { privateKeyPem: string; certificatePems: readonly string[] },
): Promise<void> {
  for (const name of await readdir(directory)) {
    if (leftoverName.test(name)) await unlink(join(directory, name));
  }
  await replaceFile(generationPath(directory, number), privateKeyPem + certificatePems.join(""), {
    mode: 0o600,
  });
}
