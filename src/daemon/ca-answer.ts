import {
  decodeLine,
  decodeList,
  decodeReply,
  decodeRequirements,
  decodeRoots,
  decodeScepCertificates,
  type NamedCertificate,
  ProtocolError,
  type RequestField,
} from "../../protocol/index.ts";
import type { CommandRun, Exited, Killed } from "../process/command.ts";
import { type Certificate, readCertificate } from "../x509/certificate.ts";
import { remarksOn, stopDefect } from "./defects.ts";
import type { CaRecord, Changes } from "./fields.ts";
import { rootsDelay } from "./renewal.ts";
import { type CaPhase, caPhases } from "./states.ts";

/** What an answer to one of the questions means for the CA. */
export interface CaAnswer {
  readonly state: "IDLE" | "UNREACHABLE" | "DISABLED" | "NEED_TO_REFRESH";
  /** New data; absent: what is known stays. */
  readonly changes?: Changes<CaRecord>;
  /** Ask again after so many seconds; absent: not before the next start or refresh-ca. */
  readonly againSeconds?: number;
  /** For the log, with the id of the conformance check that tells of it. */
  readonly problems?: readonly string[];
}

const sixHours = 6 * 60 * 60;
const halfYear = (365 * 24 * 60 * 60) / 2;

/** What is forgotten when a helper says that it does not know the question; the other data stays. */
const dropped: Readonly<Partial<Record<CaPhase, Changes<CaRecord>>>> = {
  certs: { ca_root_certs: undefined, ca_other_root_certs: undefined, ca_other_certs: undefined },
  capabilities: { ca_capabilities: undefined },
  encryption_certs: {
    ca_encryption_cert: undefined,
    ca_encryption_issuer_cert: undefined,
    ca_encryption_cert_pool: undefined,
  },
};

/**
 * Reads the answer to a question.
 *
 * @see certmonger 0.79.21 src/iterate.c, cm_iterate_ca; src/cadata.c
 */
export function readCaAnswer(
  phase: CaPhase,
  run: CommandRun,
  { now, deadlineMs }: { readonly now: Date; readonly deadlineMs: number },
): CaAnswer {
  if (run.status === "not-started") return { state: "IDLE", problems: [run.reason] };
  const defect = stopDefect(run, deadlineMs);
  if (defect !== undefined) return { state: "IDLE", problems: [defect] };
  const answer = readEnded(phase, run, now);
  return { ...answer, problems: [...remarksOn(run), ...(answer.problems ?? [])] };
}

function readEnded(phase: CaPhase, run: Exited | Killed, now: Date): CaAnswer {
  if (run.status === "killed") return { state: "IDLE" };
  const reply = { exitStatus: run.exitStatus, stdout: Buffer.from(run.stdout).toString("utf8") };
  try {
    const result = decodeReply(caPhases[phase], reply);
    switch (result.status) {
      case "answered":
        return readData(phase, result.output, now);
      case "wait":
        return { state: "NEED_TO_REFRESH", againSeconds: result.delaySeconds ?? sixHours };
      case "unreachable":
      case "unconfigured":
        return { state: "UNREACHABLE", againSeconds: sixHours + 30 };
      case "unsupported":
        return { state: "DISABLED", ...(dropped[phase] && { changes: dropped[phase] }) };
      default:
        return { state: "IDLE" };
    }
  } catch (error) {
    if (error instanceof ProtocolError) return { state: "IDLE", problems: [error.message] };
    throw error;
  }
}

function readData(phase: CaPhase, output: string, now: Date): CaAnswer {
  const list = (items: readonly string[]) => (items.length === 0 ? undefined : items);
  switch (phase) {
    case "identify":
      return { state: "IDLE", changes: { ca_aka: decodeLine(output) } };
    case "default_profile":
      return { state: "IDLE", changes: { ca_default_profile: decodeLine(output) } };
    case "profiles":
      return { state: "IDLE", changes: { ca_profiles: list(decodeList(output)) } };
    case "capabilities":
      return { state: "IDLE", changes: { ca_capabilities: list(decodeList(output)) } };
    case "enrollment_reqs":
      return { state: "IDLE", changes: { ca_required_enroll_attributes: list(attributes(output)) } };
    case "renewal_reqs":
      return { state: "IDLE", changes: { ca_required_renewal_attributes: list(attributes(output)) } };
    case "certs":
      return readRoots(output, now);
    case "encryption_certs":
      return readScepCertificates(output, now);
  }
}

const attributeNames: Readonly<Record<RequestField, string>> = {
  subject: "template-subject",
  hostnames: "template-hostname",
  principals: "template-principal",
  emails: "template-email",
  ipAddresses: "template-ip-address",
  profile: "template-profile",
  issuer: "template-issuer",
};

const attributes = (output: string): string[] =>
  decodeRequirements(output).map((field) => attributeNames[field]);

/**
 * As certmonger, but for what would hurt: a certificate that is not self-signed does not become trusted because a blank
 * line of the text form put it among the other roots.
 */
function readRoots(output: string, now: Date): CaAnswer {
  const { roots, otherRoots, others } = decodeRoots(output);
  const strays = otherRoots.filter(({ certificate }) => isIntermediate(certificate));
  const kept = (items: readonly NamedCertificate[]) => (items.length === 0 ? undefined : items);
  const all = [...roots, ...otherRoots, ...others].flatMap(({ certificate }) => tryRead(certificate) ?? []);
  const again = rootsDelay(
    all.map(({ notAfter }) => notAfter),
    now,
  );
  return {
    state: "IDLE",
    changes: {
      ca_root_certs: kept(roots),
      ca_other_root_certs: kept(otherRoots.filter((item) => !strays.includes(item))),
      ca_other_certs: kept([...others, ...strays]),
    },
    ...(again !== undefined && { againSeconds: again }),
    problems: [
      ...strays.map(
        ({ nickname }) => `roots.chain-trusted: "${nickname}" is no root; it is kept, and not trusted`,
      ),
      ...doubles([...roots, ...otherRoots, ...others].map(({ nickname }) => nickname)).map(
        (nickname) =>
          `roots.duplicate-nickname: "${nickname}" comes more than once; in an NSS database the later ones have numbers`,
      ),
    ],
  };
}

const doubles = (texts: readonly string[]): string[] => [
  ...new Set(texts.filter((text, index) => texts.indexOf(text) < index)),
];

function readScepCertificates(output: string, now: Date): CaAnswer {
  const [ra, ca, ...pool] = decodeScepCertificates(output);
  const ends = [ra, ca, ...pool].flatMap((pem) => (pem && tryRead(pem)?.notAfter) || []);
  return {
    state: "IDLE",
    changes: {
      ca_encryption_cert: ra,
      ca_encryption_issuer_cert: ca,
      ca_encryption_cert_pool: pool.length === 0 ? undefined : pool.join(""),
    },
    againSeconds: rootsDelay(ends, now) ?? halfYear,
  };
}

function isIntermediate(pem: string): boolean {
  const certificate = tryRead(pem);
  return certificate !== undefined && Buffer.compare(certificate.subjectDer, certificate.issuerDer) !== 0;
}

function tryRead(pem: string): Certificate | undefined {
  try {
    return readCertificate(pem);
  } catch {
    return undefined;
  }
}
