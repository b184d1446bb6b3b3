import { HelperFailure } from "../../protocol/index.ts";
import type { KeyKind } from "../../src/x509/keys.ts";
import type { AuthoritySettings } from "./authority.ts";
import { type SelfSignOptions, stateDirectory } from "./options.ts";
import { type StateFiles, stateFiles } from "./state-files.ts";

/** What the options mean. */
export interface Settings {
  readonly files: StateFiles;
  readonly authority: AuthoritySettings;
}

const keyKinds: readonly KeyKind[] = ["RSA-2048", "RSA-3072", "RSA-4096", "EC-P256", "EC-P384", "Ed25519"];

/** A thousand years, in seconds: a certificate can not say a time after the year 9999. */
const longestValidity = 365_000 * 86_400;

/** @throws {HelperFailure} unconfigured, with everything that makes no sense */
export function readSettings(options: SelfSignOptions): Settings {
  const { caName, caKeyType, caValidity, validity } = options;
  const keyKind = keyKinds.find((kind) => kind === caKeyType);
  const problems = [
    ...(/^[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]{1,64}$/.test(caName)
      ? []
      : ["--ca-name must have 1 to 64 characters, none of them beyond U+FFFF or a control character"]),
    ...(keyKind === undefined ? [`--ca-key-type is none of ${keyKinds.join(", ")}`] : []),
    ...(caValidity < 60 ? ["--ca-validity must be a minute at least"] : []),
    ...(caValidity > longestValidity ? [`--ca-validity must be ${longestValidity / 86_400}d at most`] : []),
    ...(validity === 0 ? ["--validity must not be 0"] : []),
  ];
  if (keyKind === undefined || problems.length > 0)
    throw new HelperFailure("unconfigured", problems.join("; "));
  return {
    files: stateFiles(stateDirectory(options)),
    authority: { name: caName, keyKind, validitySeconds: caValidity },
  };
}
