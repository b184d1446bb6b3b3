import { createHash } from "node:crypto";
import {
  type EnrollmentRequest,
  type EnrollmentResult,
  issued,
  type Refused,
  rejected,
} from "../../protocol/index.ts";
import type { HelperContext } from "../../src/sdk/helper.ts";
import type { Certificate } from "../../src/x509/certificate.ts";
import { type Csr, csrDigest, readCsr, verifyCsr } from "../../src/x509/csr.ts";
import { X509Error } from "../../src/x509/error.ts";
import { decodeSubjectAltNameExtension } from "../../src/x509/extensions.ts";
import { openAuthority } from "./authority.ts";
import { readValidityPeriod } from "./certmonger-conf.ts";
import { explain } from "./failure.ts";
import { issueCertificate } from "./issue-certificate.ts";
import { appendEntry, type IssuedEntry } from "./issued-record.ts";
import { judge, textOf } from "./judge.ts";
import type { options } from "./options.ts";
import { oneYear, type Period } from "./period.ts";
import { chooseProfile, type Policy, type Profile } from "./policy.ts";
import { readSettings, type Settings } from "./settings.ts";
import { describeSubjectKey } from "./subject-key.ts";

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
  readonly profile: Profile;
}

/** The CSR with its profile, or why it gets no certificate. */
function acceptCsr(request: EnrollmentRequest, policy: Policy | undefined): Accepted | Refused {
  const chosen = chooseProfile(policy, request.profile);
  if ("refusal" in chosen) return rejected(chosen.refusal);
  try {
    const csr = readCsr(request.csr);
    const signature = verifyCsr(csr);
    if (signature === "invalid") return rejected("the CSR's signature was not made with the CSR's key");
    const refusal = judge(csr, signature === "valid", chosen);
    return refusal === undefined ? { csr, profile: chosen.profile } : rejected(refusal);
  } catch (error) {
    if (error instanceof X509Error) return rejected(`the CSR can not be used: ${error.message}`);
    throw error;
  }
}

async function issue(
  request: EnrollmentRequest,
  { csr, profile }: Accepted,
  settings: Settings,
  context: Context,
): Promise<EnrollmentResult> {
  const authority = await openAuthority(settings.files, settings.authority, context);
  const validity = profile.validity ?? defaultValidity(context.options.validity);
  const { certificate, pem } = issueCertificate(csr, profile, authority, { validity, now: context.now() });
  // Before the reply: what certmonger gets is on the record, whatever happens then.
  appendEntry(settings.files.record, describeIssue(request, csr, certificate, context));
  context.log.info(
    `issued ${certificate.serial} for "${csr.subject}" until ${certificate.notAfter.toISOString()}`,
  );

  // Until certmonger asks for the roots again (up to a year), it does not know a new one.
  const hasNewRoot = authority.roots.length > 1;
  return issued({ certificate: pem, ...(hasNewRoot && { roots: authority.roots }) });
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
  csr: Csr,
  certificate: Certificate,
  { now, caNickname }: Context,
): IssuedEntry {
  const names = decodeSubjectAltNameExtension(certificate.extensions) ?? [];
  return {
    time: now().toISOString(),
    serial: certificate.serial,
    subject: certificate.subject,
    names: names.map((name) =>
      /^(other|directory)$/.test(name.type) ? textOf(name) : `${name.type}:${textOf(name)}`,
    ),
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    key: describeSubjectKey(certificate.spkiDer).description,
    ...(request.profile !== undefined && { profile: request.profile }),
    ...(caNickname !== undefined && { ca: caNickname }),
    certificate: createHash("sha256").update(certificate.der).digest("hex"),
    csr: csrDigest(csr),
  };
}
