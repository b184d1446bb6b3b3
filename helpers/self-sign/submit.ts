import { hash } from "node:crypto";
import {
  type EnrollmentRequest,
  type EnrollmentResult,
  issued,
  type Refused,
  rejected,
  shorten,
} from "../../protocol/index.ts";
import type { HelperContext } from "../../src/sdk/helper.ts";
import { type Csr, csrDigest, readCsr, verifyCsr } from "../../src/x509/csr.ts";
import { X509Error } from "../../src/x509/error.ts";
import { decodeSubjectAltNameExtension } from "../../src/x509/extensions.ts";
import { openAuthority } from "./authority.ts";
import { readValidityPeriod } from "./certmonger-conf.ts";
import { explain } from "./failure.ts";
import { issueCertificate, type NewCertificate } from "./issue-certificate.ts";
import { appendEntry, type IssuedEntry } from "./issued-record.ts";
import { judge, textOf } from "./judge.ts";
import type { options } from "./options.ts";
import { oneYear, type Period } from "./period.ts";
import { chooseProfile, type Policy, type Profile } from "./policy.ts";
import { nameRoots } from "./roots.ts";
import { readSettings, type Settings } from "./settings.ts";
import { describeSubjectKey, type SubjectKey } from "./subject-key.ts";
import { findUnreadable } from "./unreadable-parts.ts";
import { utcText } from "./utc-text.ts";

type Context = HelperContext<typeof options>;

/** Judges a CSR and issues its certificate. */
export async function submit(request: EnrollmentRequest, context: Context): Promise<EnrollmentResult> {
  try {
    const settings = readSettings(context.options);
    const policy = await readPolicy(context.options.policy);
    const accepted = acceptCsr(request, policy);
    return "status" in accepted ? accepted : await issue(request, accepted, settings, context);
  } catch (error) {
    throw explain(error);
  }
}

interface Accepted {
  readonly csr: Csr;
  readonly key: SubjectKey;
  readonly profile: Profile;
}

/** The CSR with its profile, or why it gets no certificate. */
function acceptCsr(request: EnrollmentRequest, policy: Policy | undefined): Accepted | Refused {
  const chosen = chooseProfile(policy, request.profile);
  if ("refusal" in chosen) return rejected(chosen.refusal);
  try {
    const csr = readCsr(request.csr);
    const unreadable = findUnreadable(csr);
    if (unreadable !== undefined) return rejected(`the CSR can not be used: ${unreadable}`);
    const key = describeSubjectKey(csr.spkiDer);
    const refusal = judge(csr, key, chosen);
    if (refusal !== undefined) return rejected(refusal);
    // "unsupported" is a kind of key that is unknown here; whether it may pass, the policy has said.
    if (verifyCsr(csr) === "invalid") return rejected("the CSR's signature was not made with the CSR's key");
    return { csr, key, profile: chosen.profile };
  } catch (error) {
    if (error instanceof X509Error) return rejected(`the CSR can not be used: ${error.message}`);
    throw error;
  }
}

async function issue(
  request: EnrollmentRequest,
  accepted: Accepted,
  settings: Settings,
  context: Context,
): Promise<EnrollmentResult> {
  const { csr, profile } = accepted;
  const authority = await openAuthority(settings.files, settings.authority, context);
  const validity = profile.validity ?? defaultValidity(context.options.validity);
  const certificate = issueCertificate(csr, profile, authority, { validity, now: context.now() });
  // Before the reply: what certmonger gets is on the record, whatever happens then.
  appendEntry(settings.files.record, describeIssue(request, accepted, certificate, context));
  const { serial, notAfter, pem } = certificate;
  context.log.info(`issued ${serial} for "${shorten(csr.subject)}" until ${utcText(notAfter)}`);

  // Until certmonger asks for the roots again (up to a year), it does not know a new one.
  const roots = authority.roots.length > 1 ? nameRoots(authority.roots, context.now()) : [];
  return issued({ certificate: pem, roots });
}

async function readPolicy(path: string | undefined): Promise<Policy | undefined> {
  if (path === undefined) return undefined;
  const { readPolicyFile } = await import("./policy-file.ts");
  return readPolicyFile(path);
}

/** How long certificates live where no profile says it. */
export function defaultValidity(seconds: number | undefined): Period {
  if (seconds !== undefined) return { months: 0, seconds };
  return readValidityPeriod(process.env.CERTMONGER_CONFIG_DIR || "/etc/certmonger") ?? oneYear;
}

function describeIssue(
  request: EnrollmentRequest,
  { csr, key }: Accepted,
  { pem, serial, notBefore, notAfter }: NewCertificate,
  { now, caNickname }: Context,
): IssuedEntry {
  const names = decodeSubjectAltNameExtension(csr.extensions) ?? [];
  return {
    time: utcText(now()),
    serial,
    subject: csr.subject,
    names: names.map((name) =>
      /^(other|directory)$/.test(name.type) ? textOf(name) : `${name.type}:${textOf(name)}`,
    ),
    notBefore: utcText(notBefore),
    notAfter: utcText(notAfter),
    key: key.description,
    ...(request.profile !== undefined && { profile: request.profile }),
    ...(caNickname !== undefined && { ca: caNickname }),
    certificate: fingerprint(pem),
    csr: csrDigest(csr),
  };
}

/** SHA-256 of a certificate's DER, hex. */
function fingerprint(pem: string): string {
  const base64 = pem.replace(/-----[^-]*-----/g, "");
  return hash("sha256", Buffer.from(base64, "base64"), "hex");
}
