import type { KeyObject } from "node:crypto";
import { HelperFailure } from "../../protocol/index.ts";
import { ensurePrivateDirectory } from "../../src/files/private-directory.ts";
import type { Certificate } from "../../src/x509/certificate.ts";
import type { KeyKind } from "../../src/x509/keys.ts";
import { chooseGeneration } from "./choose-generation.ts";
import { type Generation, readGenerations, signingKey } from "./generations.ts";
import { rootsOf } from "./roots.ts";
import type { StateFiles } from "./state-files.ts";

/** A CA that can sign now. */
export interface Authority {
  readonly privateKey: KeyObject;
  readonly certificate: Certificate;
  /** This CA's root and all that were before it, oldest first. */
  readonly roots: readonly Certificate[];
}

/** What a new CA is like. */
export interface AuthoritySettings {
  readonly name: string;
  readonly keyKind: KeyKind;
  readonly validitySeconds: number;
}

export interface AuthorityContext {
  readonly now: () => Date;
  readonly signal: AbortSignal;
  readonly log: { warn(message: string): void; info(message: string): void };
}

/**
 * The CA of a state directory: the one that is there, the one of `local-submit`, or a new one. When half of
 * its time is over a new generation is made.
 *
 * Takes no lock unless a CA has to be made. Any number of processes may do this at once, and each may be
 * killed at any time.
 *
 * @throws {HelperFailure}, {FileError}
 */
export async function openAuthority(
  files: StateFiles,
  settings: AuthoritySettings,
  context: AuthorityContext,
): Promise<Authority> {
  for (let made = 0; ; made++) {
    const generations = readGenerations(files.directory);
    const choice = chooseGeneration(generations, context.now());
    if (choice.action === "use") {
      await ensurePrivateDirectory(files.directory);
      return useGeneration(choice.generation, generations);
    }
    if (choice.action === "wait-for-clock") throw clockIsBehind(choice.begins, context.now());
    try {
      // Two at most: the CA of local-submit may be half over already.
      if (made >= 2) throw new Error(`a validity of ${settings.validitySeconds} s is over too soon`);
      const { makeWhatIsDue } = await import("./next-generation.ts");
      await makeWhatIsDue(files, settings, context);
    } catch (error) {
      if (choice.meanwhile === undefined) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      context.log.warn(`half of the CA's time is over, and no new one can be made: ${reason}`);
      return useGeneration(choice.meanwhile, generations);
    }
  }
}

function useGeneration(generation: Generation, all: readonly Generation[]): Authority {
  return { privateKey: signingKey(generation), certificate: generation.certificate, roots: rootsOf(all) };
}

export function clockIsBehind(begins: Date, now: Date): HelperFailure {
  return new HelperFailure(
    "unreachable",
    `the clock here says ${now.toISOString()}, before the CA's first moment ${begins.toISOString()}: set the clock`,
  );
}
