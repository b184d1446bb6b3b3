import type { KeyObject } from "node:crypto";
import { HelperFailure, type NamedCertificate } from "../../protocol/index.ts";
import { type Certificate, certificateToPem } from "../../src/x509/certificate.ts";
import type { KeyKind } from "../../src/x509/keys.ts";
import { decodeName } from "../../src/x509/names.ts";
import { chooseGeneration } from "./choose-generation.ts";
import { type Generation, readGenerations, signingKey } from "./generations.ts";
import type { StateFiles } from "./state-files.ts";

/** A CA that can sign now. */
export interface Authority {
  readonly privateKey: KeyObject;
  readonly certificate: Certificate;
  /** Every root that is valid now, this one included, oldest first. */
  readonly roots: readonly NamedCertificate[];
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
    if (choice.action === "use") return useGeneration(choice.generation, generations, context.now());
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
      return useGeneration(choice.meanwhile, generations, context.now());
    }
  }
}

function useGeneration(generation: Generation, all: readonly Generation[], now: Date): Authority {
  return {
    privateKey: signingKey(generation),
    certificate: generation.certificate,
    roots: rootsOf(all, now),
  };
}

/**
 * The roots of all generations that are valid now, each under a nickname of its own which it keeps: the name
 * of the CA, and from the second on a number (`Local Signing Authority 2`), as `local-submit` does.
 *
 * An NSS database refuses two certificates under one nickname (measured on certmonger 0.79.17).
 */
export function rootsOf(generations: readonly Generation[], now: Date): NamedCertificate[] {
  return generations
    .flatMap(({ certificate, earlierRoots }) => [...earlierRoots, certificate])
    .map((certificate, index) => ({ certificate, nickname: nickname(certificate, index) }))
    .filter(({ certificate }) => certificate.notBefore <= now && now < certificate.notAfter)
    .map(({ certificate, nickname }) => ({ certificate: certificateToPem(certificate), nickname }));
}

function nickname({ subject, subjectDer }: Certificate, index: number): string {
  const [first] = decodeName(subjectDer)[0] ?? [];
  const name = typeof first?.value === "string" ? first.value : subject;
  return index === 0 ? name : `${name} ${index + 1}`;
}

export function clockIsBehind(begins: Date, now: Date): HelperFailure {
  return new HelperFailure(
    "unreachable",
    `the clock here says ${now.toISOString()}, before the CA's first moment ${begins.toISOString()}: set the clock`,
  );
}
