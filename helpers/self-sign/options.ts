import { existsSync, readdirSync, statSync } from "node:fs";
import type { OptionTable, OptionValues } from "../../src/sdk/option-table.ts";

/** The options of the helper; `-d` is that of certmonger's `local-submit`. */
export const options = {
  caDataDirectory: {
    type: "string",
    alias: "d",
    describe: "where the CA is kept (default: certmonger's own, /var/lib/certmonger/local)",
  },
  policy: {
    type: "string",
    describe: "file of rules for what may be issued, JSON (default: no CAs, no weak keys)",
  },
  validity: {
    type: "duration",
    describe: "how long certificates live (default: validity_period in certmonger.conf, else a year)",
  },
  caName: { type: "string", default: "Local Signing Authority", describe: "common name of a new CA" },
  caKeyType: {
    type: "string",
    choices: ["RSA-2048", "RSA-3072", "RSA-4096", "EC-P256", "EC-P384", "Ed25519"],
    default: "RSA-3072",
    describe: "kind of key of a new CA",
  },
  caValidity: {
    type: "duration",
    default: "3650d",
    describe: "how long a new CA lives; at half of that the next one takes over",
  },
  json: { type: "boolean", describe: "list: print JSON" },
} as const satisfies OptionTable;

export type SelfSignOptions = OptionValues<typeof options>;

/** `-d`, else the directory that certmonger names in every call, else its default one. */
export function stateDirectory({ caDataDirectory }: Pick<SelfSignOptions, "caDataDirectory">): string {
  return caDataDirectory ?? (process.env.CERTMONGER_LOCAL_CA_DIR || "/var/lib/certmonger/local");
}

/** The rules and the CAs, by when they were last changed: an answer of before does not hold for others. */
export function answersDependOn(values: SelfSignOptions): string {
  const directory = stateDirectory(values);
  const authorities = existsSync(directory)
    ? readdirSync(directory).filter((name) => /^ca-\d+\.pem$/.test(name))
    : [];
  const policy = values.policy && statSync(values.policy, { throwIfNoEntry: false });
  return [policy ? policy.mtimeMs : "no policy", ...authorities.sort()].join(" ");
}
