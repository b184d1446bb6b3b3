import { readFileSync } from "node:fs";
import type { CheckLine } from "../../src/sdk/helper.ts";
import { type Csr, readCsr } from "../../src/x509/csr.ts";
import { decodeSubjectAltNameExtension } from "../../src/x509/extensions.ts";
import { decodeName, type SubjectAltName } from "../../src/x509/names.ts";
import { readPublicKey } from "../../src/x509/public-key.ts";
import type { CallOutcome } from "./batch.ts";
import { failed, ok, warning } from "./check-line.ts";
import { checkAcl, type Found, type Question } from "./check-request.ts";
import { dryRun } from "./dry-run.ts";
import { canWrite, namesOf, readEntries } from "./entries.ts";
import { IpaError } from "./ipa-error.ts";
import { memberOf, textsOf } from "./json.ts";
import type { IpaServer } from "./json-rpc.ts";
import { hostOf, remedyFor, serviceOf, withoutRealm } from "./remedy.ts";

export interface CsrQuestion extends Question {
  readonly csrFile: string;
  /** Whether the CA itself is to look at a spoiled copy. */
  readonly isDeep: boolean;
}

/**
 * Asks the server everything that it would check about a CSR, and lets it run its own checks on a request that can not
 * be issued. Changes nothing.
 */
export async function* checkCsr(
  server: IpaServer,
  question: CsrQuestion,
  found: Found,
): AsyncGenerator<CheckLine> {
  const csr = readFile(question.csrFile);
  if (typeof csr === "string") return yield failed(`CSR ${question.csrFile} can not be used: ${csr}`);
  const names = decodeSubjectAltNameExtension(csr.extensions) ?? [];
  const { principal, caller } = question.subject;
  const aliases = aliasesOf(found.entries.get(principal), principal);
  yield checkCommonName(csr, aliases, question);

  const others = names.flatMap((name) =>
    name.type === "dns" && !aliases.includes(name.value.toLowerCase()) ? [name.value] : [],
  );
  const entries = await readEntries(
    server,
    others.map((host) => principalFor(principal, host)),
    caller,
  );
  for (const name of names) {
    if (name.type !== "dns") continue;
    if (others.includes(name.value)) yield* checkHost(name.value, { ...found, entries }, question);
    else yield ok(`DNS name ${name.value} is a name of the principal`);
  }
  yield* checkAddresses(server, names);
  yield* names.flatMap((name) => checkKind(name, found.entries.get(principal), principal));
  yield* checkKey(csr, found.profileText, question.profile);
  const entry = found.entries.get(principal);
  yield* dryRun(server, csr, { ...question, isNew: entry !== undefined && "error" in entry });
}

/** The CSR, or why there is none. */
function readFile(path: string): Csr | string {
  try {
    return readCsr(readFileSync(path));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const principalFor = (principal: string, host: string) => `${serviceOf(principal) || "host"}/${host}`;

/** The host names under which an entry is known for this service, in small letters. */
function aliasesOf(entry: CallOutcome | undefined, principal: string): readonly string[] {
  const names = entry !== undefined && "result" in entry ? namesOf(entry.result) : [];
  return [principal, ...names]
    .filter((name) => serviceOf(name) === serviceOf(principal))
    .map((name) => hostOf(name).toLowerCase());
}

const commonName = "2.5.4.3";

function checkCommonName(csr: Csr, aliases: readonly string[], { subject }: CsrQuestion): CheckLine {
  // The server takes the last one.
  const attributes = decodeName(csr.subjectDer).flat();
  const name = attributes.findLast(
    ({ oid, value }) => oid === commonName && typeof value === "string",
  )?.value;
  if (typeof name !== "string") return failed("the CSR's subject has no common name: IPA wants one");
  const isUser = serviceOf(subject.principal) === "";
  const wanted = isUser ? [withoutRealm(subject.principal).toLowerCase()] : aliases;
  if (wanted.includes(name.toLowerCase())) return ok(`common name ${name} is a name of the principal`);
  const info = `hostname in subject of request '${name}' does not match`;
  return failed(`common name ${name}: ${remedyFor(new IpaError(3009, "ValidationError", info), subject)}`);
}

/** A name that is none of the principal's: its own entry must be there, be ours to write, and have an ACL. */
function* checkHost(host: string, found: Found, question: CsrQuestion): Generator<CheckLine> {
  const { subject } = question;
  const owner = principalFor(subject.principal, host);
  const entry = found.entries.get(owner);
  if (entry === undefined || "error" in entry) {
    const info = `The service principal for subject alt name ${host} in certificate request does not exist`;
    return yield failed(`DNS name ${host}: ${remedyFor(new IpaError(4001, "NotFound", info), subject)}`);
  }
  if (!canWrite(entry.result)) {
    const info = `Insufficient privilege to create a certificate with subject alt name '${host}'.`;
    return yield failed(`DNS name ${host}: ${remedyFor(new IpaError(2100, "ACIError", info), subject)}`);
  }
  yield ok(`DNS name ${host} is one that may be written to`);
  if (found.acls !== undefined) yield checkAcl(found, owner, question);
}

/** Addresses go only when IPA's own DNS has them. */
async function* checkAddresses(
  server: IpaServer,
  names: readonly SubjectAltName[],
): AsyncGenerator<CheckLine> {
  const addresses = names.flatMap((name) => (name.type === "ip" ? [name.value] : []));
  if (addresses.length === 0) return;
  const { result: hasDns } = await server.call("dns_is_enabled", []);
  for (const address of addresses) {
    if (hasDns !== true) {
      yield failed(
        `address ${address}: this IPA has no DNS of its own, and gives no addresses then: leave it out`,
      );
    } else if (!names.some(({ type }) => type === "dns")) {
      yield failed(
        `address ${address}: IPA looks it up by a DNS name of the CSR, and there is none: add one`,
      );
    } else {
      yield warning(
        `address ${address}: a DNS name of the CSR must lead to it, and a PTR record back, in IPA's own DNS; --deep lets the server look`,
      );
    }
  }
}

/** Kinds of names that IPA never issues, or not to everybody. */
function checkKind(name: SubjectAltName, entry: CallOutcome | undefined, principal: string): CheckLine[] {
  switch (name.type) {
    case "dns":
    case "ip":
      return [];
    case "principal":
    case "upn":
      return withoutRealm(name.value).toLowerCase() === withoutRealm(principal).toLowerCase()
        ? []
        : [failed(`name ${name.value} is not that of ${principal}: leave it out`)];
    case "email":
      return checkMail(name.value, entry, principal);
    default:
      return [failed(`a name of type ${name.type}: IPA never issues it, leave it out`)];
  }
}

function checkMail(address: string, entry: CallOutcome | undefined, principal: string): CheckLine[] {
  if (serviceOf(principal) !== "") {
    return [failed(`e-mail address ${address}: IPA gives it to users only, leave it out`)];
  }
  const mails = entry !== undefined && "result" in entry ? textsOf(memberOf(entry.result, "mail")) : [];
  return mails.includes(address)
    ? [ok(`e-mail address ${address} is the user's`)]
    : [failed(`e-mail address ${address} is not one of the user's: ${mails.join(", ") || "there is none"}`)];
}

/** The CA looks at the key, by rules that stand in the profile's text; the server's own checks do not. */
function* checkKey({ spkiDer }: Csr, profileText: string, profile: string): Generator<CheckLine> {
  const [, parameters] = /\.keyParameters=(\S+)/.exec(profileText) ?? [];
  const [, kind = "-"] = /\.keyType=(\S+)/.exec(profileText) ?? [];
  if (parameters === undefined) return;
  const key = describeKey(spkiDer);
  const isOfKind = kind === "-" || key.kind === kind;
  const isOfSize = parameters.split(",").some((one) => key.names.includes(one.toLowerCase()));
  const rule = `${kind === "-" ? "" : `${kind} `}${parameters}`;
  if (isOfKind && isOfSize)
    return yield ok(`key ${key.kind} ${key.names[0]} suits profile ${profile}: ${rule}`);
  const info = "Key Parameters - Not Matched";
  const remedy = remedyFor(new IpaError(4301, "CertificateOperationError", info), { principal: "" });
  yield failed(`key ${key.kind} ${key.names[0] ?? ""}: profile ${profile} takes ${rule}: ${remedy}`);
}

/** As Dogtag's key constraint calls them: `RSA` with its size, `EC` with its curve (which has several names). */
function describeKey(spkiDer: Uint8Array): { kind: string; names: readonly string[] } {
  try {
    const key = readPublicKey(spkiDer);
    const { modulusLength, namedCurve = "" } = key.asymmetricKeyDetails ?? {};
    const kind = key.asymmetricKeyType?.toUpperCase() ?? "?";
    return {
      kind,
      names: modulusLength === undefined ? (curves[namedCurve] ?? [namedCurve]) : [`${modulusLength}`],
    };
  } catch {
    return { kind: "of an unknown kind", names: [] };
  }
}

const curves: Readonly<Record<string, readonly string[]>> = {
  prime256v1: ["nistp256", "secp256r1", "prime256v1"],
  secp384r1: ["nistp384", "secp384r1"],
  secp521r1: ["nistp521", "secp521r1"],
};
