import { shorten } from "../../protocol/index.ts";
import type { KeyUsage } from "../../src/x509/extensions.ts";
import type { Period } from "./period.ts";
import { purposes } from "./purposes.ts";
import type { SubjectRule } from "./subject-rule.ts";

/** Kinds of subject key. `other` is every key whose signatures this helper can not check. */
export const keyTypes = [
  "RSA",
  "EC-P256",
  "EC-P384",
  "EC-P521",
  "Ed25519",
  "Ed448",
  "ML-DSA-44",
  "ML-DSA-65",
  "ML-DSA-87",
  "other",
] as const;

export type KeyType = (typeof keyTypes)[number];

/** Names by kind, each with the patterns (for `ip`: ranges) of which one must match. */
export const nameKinds = ["dns", "ip", "email", "uri", "principal", "commonName", "other"] as const;

export type NameKind = (typeof nameKinds)[number];

/** What may be issued. `undefined` stands for "no rule". */
export interface Profile {
  readonly keyTypes: readonly KeyType[];
  readonly minimumRsaBits: number;
  /** A kind that is not listed is forbidden. */
  readonly names?: Partial<Readonly<Record<NameKind, readonly string[]>>>;
  /** Attributes of the subject beside common name and e-mail address. */
  readonly subject?: SubjectRule;
  /** Whether host names may begin with `*.`. */
  readonly wildcards: boolean;
  readonly keyUsages?: readonly KeyUsage[];
  /** OIDs of the allowed purposes; a request that names none gets them all. */
  readonly extKeyUsages?: readonly string[];
  /** OIDs of extensions, beside the ones that have rules of their own, that are copied from the CSR. */
  readonly extensions?: readonly string[];
  /** Present where CA certificates are allowed: how many CAs may follow below such a CA. */
  readonly ca?: { readonly pathLength: number };
  /** How long certificates live; else the helper's own setting. */
  readonly validity?: Period;
}

export interface Policy {
  readonly profiles: ReadonlyMap<string, Profile>;
  /** The profile of a request that names none. */
  readonly defaultProfile?: string;
}

/**
 * The rules when there is no policy, and the rules of a profile where it does not say otherwise: everything
 * that `local-submit` issues, but no CA certificates, no weak keys, and no purpose that would make the leaf
 * speak for the CA (OCSPSigning) or for everything (anyExtendedKeyUsage).
 */
export const openProfile: Profile = { keyTypes, minimumRsaBits: 2048, wildcards: true };

/** Purposes that only a profile that names them allows. */
export const guardedPurposes: readonly (string | undefined)[] = [
  purposes.anyExtendedKeyUsage,
  purposes.OCSPSigning,
];

/** A profile with the name under which refusals speak of it. */
export interface NamedProfile {
  readonly title: string;
  readonly profile: Profile;
}

/**
 * The profile for a request, or why there is none.
 *
 * Without a policy there are no profiles, and `getcert -T` is not looked at, as with `local-submit`.
 */
export function chooseProfile(
  policy: Policy | undefined,
  wanted: string | undefined,
): NamedProfile | { readonly refusal: string } {
  if (policy === undefined) return { title: "the default rules", profile: openProfile };
  const known = [...policy.profiles.keys()].join(", ");
  const name = wanted ?? policy.defaultProfile;
  if (name === undefined)
    return { refusal: `the request names no profile and the policy has no default; there are ${known}` };
  const profile = policy.profiles.get(name);
  return profile === undefined
    ? { refusal: `there is no profile ${JSON.stringify(shorten(name))}; there are ${known}` }
    : { title: `profile ${JSON.stringify(name)}`, profile };
}
