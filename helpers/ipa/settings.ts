import { existsSync } from "node:fs";
import { type EnrollmentRequest, HelperFailure } from "../../protocol/index.ts";
import { Secret } from "../../src/sdk/secret.ts";
import { type IpaConfig, readIpaConfig } from "./ipa-config.ts";
import type { Machine } from "./machine.ts";
import type { IpaOptions } from "./options.ts";

/** How to prove who is asking. */
export type Login =
  | { readonly by: "keytab"; readonly keytab?: string; readonly principal?: string }
  | { readonly by: "ccache" }
  | { readonly by: "password"; readonly user: string; readonly password: Secret };

/** Options and `/etc/ipa/default.conf` together, checked. */
export interface Settings {
  readonly options: IpaOptions;
  readonly config: IpaConfig;
  readonly login: Login;
  /** The file of the CA that is trusted: `--cafile`, else that of the IPA client when there is one. */
  readonly caFile?: string;
}

/** @throws {HelperFailure} `unconfigured`, with all that is wrong */
export async function readSettings(options: IpaOptions, machine: Machine): Promise<Settings> {
  const problems: string[] = [];
  const login = readLogin(options, problems);
  if (problems.length > 0) throw new HelperFailure("unconfigured", problems.join("; "));
  const config = await readIpaConfig(machine.ipaConfigFile);
  const caFile = options.cafile ?? (existsSync(machine.ipaCaFile) ? machine.ipaCaFile : undefined);
  return { options, config, login, ...(caFile !== undefined && { caFile }) };
}

/** @see certmonger 0.79.17 ipa-submit: which options exclude each other (measured) */
function readLogin(options: IpaOptions, problems: string[]): Login {
  const { useCcacheCreds, keytabName, submitterPrincipal, uid, pwd, pwdfile } = options;
  const password = pwdfile ?? (pwd === undefined ? undefined : new Secret(pwd));
  if (useCcacheCreds && keytabName !== undefined) problems.push("-t can not be used together with -K");
  if (useCcacheCreds && submitterPrincipal !== undefined)
    problems.push("-k can not be used together with -K");
  if (uid !== undefined && password === undefined)
    problems.push("-u needs a password: give its file with -w");
  if (uid === undefined && password !== undefined)
    problems.push("a password needs its user: name it with -u");
  if (uid !== undefined && password !== undefined) return { by: "password", user: uid, password };
  if (useCcacheCreds) return { by: "ccache" };
  return {
    by: "keytab",
    ...(keytabName !== undefined && { keytab: keytabName }),
    ...(submitterPrincipal !== undefined && { principal: submitterPrincipal }),
  };
}

/** What is asked for: the options win over the request, as in certmonger's helpers. */
export interface Wanted {
  readonly principal: string;
  readonly profile?: string;
  readonly issuer?: string;
}

/** @throws {HelperFailure} `unconfigured` when nobody says whom the certificate is for */
export function wantedOf(
  { principalOfRequest, profile, issuer }: IpaOptions,
  request: EnrollmentRequest,
): Wanted {
  const principal = principalOfRequest ?? request.principals[0];
  if (!principal) {
    const remedy = "name it with getcert's -K (getcert resubmit -i ID -K PRINCIPAL), or here with -P";
    throw new HelperFailure("unconfigured", `the request names no principal: ${remedy}`);
  }
  // Empty texts are left out: the server answers them with an internal error (seen on FreeIPA 4.9.11).
  const chosen = { profile: profile || request.profile, issuer: issuer || request.issuer };
  return {
    principal,
    ...(chosen.profile && { profile: chosen.profile }),
    ...(chosen.issuer && { issuer: chosen.issuer }),
  };
}
