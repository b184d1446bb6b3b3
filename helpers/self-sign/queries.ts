import type { Roots } from "../../protocol/index.ts";
import type { HelperContext } from "../../src/sdk/helper.ts";
import { type AuthorityContext, openAuthority } from "./authority.ts";
import { explain } from "./failure.ts";
import type { options } from "./options.ts";
import { readPolicyFile } from "./policy-file.ts";
import { nameRoots } from "./roots.ts";
import { readSettings } from "./settings.ts";

type Context = HelperContext<typeof options>;

/** FETCH-ROOTS: the roots of every CA of the state directory that is valid now. Makes the first one. */
export async function fetchRoots(context: Context): Promise<Pick<Roots, "roots">> {
  const { roots } = await open(context, openAuthority);
  return { roots: nameRoots(roots, context.now()) };
}

/** `roll-over`: says what the new CA is. */
export async function rollOverNow(context: Context & { print(text: string): void }): Promise<number> {
  const { rollOver } = await import("./next-generation.ts");
  const { certificate } = await open(context, rollOver);
  context.print(
    `${certificate.subject}, serial ${certificate.serial}, until ${certificate.notAfter.toISOString()}`,
  );
  return 0;
}

async function open<T>(
  context: Context,
  work: (...args: [...Parameters<typeof openAuthority>]) => Promise<T>,
): Promise<T> {
  try {
    const { files, authority } = readSettings(context.options);
    const place: AuthorityContext = context;
    return await work(files, authority, place);
  } catch (error) {
    throw explain(error);
  }
}

/**
 * GET-SUPPORTED-TEMPLATES: the profiles of the policy. Without a policy the list is empty, not "unsupported":
 * that would leave the profiles of an earlier policy in certmonger's list (certmonger 0.79.21 src/iterate.c).
 */
export function profileNames(policyPath: string | undefined): readonly string[] {
  return policyPath === undefined ? [] : [...readPolicyFile(policyPath).profiles.keys()];
}

/** GET-DEFAULT-TEMPLATE. */
export function defaultProfileName(policyPath: string | undefined): string | undefined {
  return policyPath === undefined ? undefined : readPolicyFile(policyPath).defaultProfile;
}
