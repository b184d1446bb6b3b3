import { HelperFailure } from "../../protocol/index.ts";
import { FileError } from "../../src/files/error.ts";
import { readRegularFile } from "../../src/files/read-regular-file.ts";
import { attributeTypeOf } from "../../src/x509/attribute-types.ts";
import { keyUsages } from "../../src/x509/extensions.ts";
import { isAddressRange } from "./address-range.ts";
import { JsonReader, join } from "./json-reader.ts";
import { parsePeriod } from "./period.ts";
import { keyTypes, type NameKind, nameKinds, openProfile, type Policy, type Profile } from "./policy.ts";
import { purposes } from "./purposes.ts";
import { namesInSubject } from "./subject-rule.ts";

/**
 * Reads a policy file.
 *
 * @throws {HelperFailure} unconfigured, with all that is wrong in one line: a rule that is misspelt must not
 *   turn into a rule that is not there
 */
export function readPolicyFile(path: string): Policy {
  let value: unknown;
  try {
    value = JSON.parse(readGuarded(path));
  } catch (error) {
    if (error instanceof HelperFailure) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new HelperFailure("unconfigured", `policy ${path} is not JSON: ${reason}`, { cause: error });
  }
  const reader = new JsonReader();
  const policy = parsePolicy(reader, value);
  if (reader.problems.length > 0)
    throw new HelperFailure("unconfigured", `policy ${path}: ${reader.problems.join("; ")}`);
  return policy;
}

/** Who can write the policy can have any certificate, so that must be nobody but its owner. */
function readGuarded(path: string): string {
  try {
    const { content, isWritableByOthers } = readRegularFile(path, "policy");
    if (!isWritableByOthers) return content.toString("utf8");
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new HelperFailure("unconfigured", error.message, { cause: error });
  }
  throw new HelperFailure("unconfigured", `policy ${path} can be changed by others: chmod go-w ${path}`);
}

function parsePolicy(reader: JsonReader, value: unknown): Policy {
  const policy = reader.object(value, "", ["defaultProfile", "profiles"]) ?? {};
  const entries = Object.entries(reader.object(policy.profiles, "profiles") ?? {});
  const profiles = new Map(entries.map(([name, profile]) => [name, parseProfile(reader, name, profile)]));
  for (const name of profiles.keys()) {
    // A list on the wire has no way to quote (GET-SUPPORTED-TEMPLATES).
    if (!/^[^\s,]+$/.test(name))
      reader.problems.push(`${join("profiles", name)} must have a name without blanks and commas`);
  }
  if (profiles.size === 0) reader.problems.push("profiles has no profile");
  const defaultProfile = reader.text(
    policy.defaultProfile,
    "defaultProfile",
    "the name of a profile",
    (name) => (profiles.has(name) ? name : undefined),
  );
  return defaultProfile === undefined ? { profiles } : { profiles, defaultProfile };
}

const profileKeys = [
  "description",
  "validity",
  "keyTypes",
  "minimumRsaBits",
  "names",
  "subject",
  "wildcards",
  "keyUsages",
  "extKeyUsages",
  "extensions",
  "ca",
];

function parseProfile(reader: JsonReader, name: string, value: unknown): Profile {
  const where = join("profiles", name);
  const given = reader.object(value, where, profileKeys) ?? {};
  const at = (key: string) => join(where, key);
  reader.text(given.description, at("description"), "a text", (text) => text);
  const names = parseNames(reader, at("names"), given.names);
  const subject = parseSubject(reader, at("subject"), given.subject);
  const keyUsages = reader.list(given.keyUsages, at("keyUsages"), "a key usage", asKeyUsage);
  const extKeyUsages = reader.list(given.extKeyUsages, at("extKeyUsages"), "a purpose or its OID", asPurpose);
  const extensions = reader.list(given.extensions, at("extensions"), "an OID", asOid);
  const ca = parseCa(reader, at("ca"), given.ca);
  const validity = reader.text(given.validity, at("validity"), "a time such as 90d or 1y", asPeriod);
  return {
    keyTypes:
      reader.list(given.keyTypes, at("keyTypes"), `one of ${keyTypes.join(", ")}`, asKeyType) ??
      openProfile.keyTypes,
    minimumRsaBits:
      reader.integer(given.minimumRsaBits, at("minimumRsaBits"), 1024, 16_384) ?? openProfile.minimumRsaBits,
    wildcards: reader.boolean(given.wildcards, at("wildcards")) ?? names === undefined,
    ...(names && { names }),
    ...(subject && { subject }),
    ...(keyUsages && { keyUsages }),
    ...(extKeyUsages && { extKeyUsages }),
    ...(extensions && { extensions }),
    ...(ca && { ca }),
    ...(validity && { validity }),
  };
}

function parseNames(reader: JsonReader, where: string, value: unknown): Profile["names"] {
  const given = reader.object(value, where, nameKinds);
  if (given === undefined) return undefined;
  const names: Partial<Record<NameKind, readonly string[]>> = {};
  for (const kind of nameKinds) {
    const [what, read] =
      kind === "ip" ? (["an address range", asRange] as const) : (["a pattern", asPattern] as const);
    const patterns = reader.list(given[kind], join(where, kind), what, read);
    if (patterns !== undefined) names[kind] = patterns;
  }
  return names;
}

function parseSubject(reader: JsonReader, where: string, value: unknown): Profile["subject"] {
  const given = reader.object(value, where);
  if (given === undefined) return undefined;
  const rule = new Map<string, readonly string[]>();
  for (const [word, patterns] of Object.entries(given)) {
    const place = join(where, word);
    const oid = attributeTypeOf(word);
    const otherRule = namesInSubject.get(oid ?? "");
    if (oid === undefined)
      reader.problems.push(`${place} is not an attribute of a subject, such as O, or its OID`);
    else if (otherRule !== undefined) reader.problems.push(`${place} has its place in ${otherRule}`);
    else rule.set(oid, reader.list(patterns, place, "a pattern", asPattern) ?? []);
  }
  return rule;
}

function parseCa(reader: JsonReader, where: string, value: unknown): Profile["ca"] {
  const given = reader.object(value, where, ["pathLength"]);
  if (given === undefined) return undefined;
  return { pathLength: reader.integer(given.pathLength, join(where, "pathLength"), 0, 100) ?? 0 };
}

const asKeyType = (text: string) => keyTypes.find((type) => type === text);
const asKeyUsage = (text: string) => keyUsages.find((usage) => usage === text);
const asOid = (text: string) => (/^[012](\.\d{1,20})+$/.test(text) ? text : undefined);
const asPurpose = (text: string) => (Object.hasOwn(purposes, text) ? purposes[text] : asOid(text));
const asRange = (text: string) => (isAddressRange(text) ? text : undefined);
const asPattern = (text: string) => (text === "" ? undefined : text);
const asPeriod = (text: string) => (/^(\d+|(\d+[yMwdhms]\s*)+)$/.test(text) ? parsePeriod(text) : undefined);
