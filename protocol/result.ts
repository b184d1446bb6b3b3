import type { FailureStatus } from "./failure.ts";

/** A certificate (PEM) with the nickname under which certmonger stores it. */
export interface NamedCertificate {
  readonly nickname: string;
  readonly certificate: string;
}

/** The answer to FETCH-ROOTS. `roots` and `otherRoots` become trusted, `others` do not. */
export interface Roots {
  readonly roots: readonly NamedCertificate[];
  readonly otherRoots: readonly NamedCertificate[];
  readonly others: readonly NamedCertificate[];
}

export interface Issued {
  readonly status: "issued";
  /** The leaf, PEM. */
  readonly certificate: string;
  /** PEM, one string each, from the leaf's issuer towards the root. */
  readonly chain: readonly string[];
  /** Trusted roots to hand over with the certificate; forces the JSON form of the reply. */
  readonly roots?: readonly NamedCertificate[];
}

export interface Wait {
  readonly status: "wait";
  /** One line. Empty only together with a delay: the next run is then a SUBMIT. */
  readonly cookie: string;
  /** Whole seconds until the next run; absent: certmonger's own delay, usually seven days. */
  readonly delaySeconds?: number;
}

export interface Refused {
  readonly status: FailureStatus;
  /** One line for the administrator; certmonger keeps the first line. */
  readonly message: string;
}

/** Exit status 16: certmonger makes SCEP messages and calls again at once. */
export interface NeedScepMessages {
  readonly status: "need-scep-messages";
}

/** Exit status 17: certmonger makes a new key and a new CSR. It does not count: never answer so twice running. */
export interface NeedRekey {
  readonly status: "need-rekey";
}

/** How SUBMIT or POLL ended. */
export type EnrollmentResult = Issued | Wait | Refused | NeedScepMessages | NeedRekey;

/** How any operation ended; `answered` and `unsupported` belong to the eight queries. */
export type HelperResult =
  | EnrollmentResult
  | { readonly status: "answered"; readonly output: string }
  | { readonly status: "unsupported" };

/** The certificate, with its chain from the leaf's issuer towards the root (the root itself may stay out). */
export function issued(issue: {
  certificate: string;
  chain?: readonly string[];
  roots?: readonly NamedCertificate[];
}): Issued {
  const { certificate, chain = [], roots } = issue;
  return roots === undefined || roots.length === 0
    ? { status: "issued", certificate, chain }
    : { status: "issued", certificate, chain, roots };
}

/** The CA is still at it: come back with this cookie, after the delay if there is one. */
export function wait(cookie: string, delaySeconds?: number): Wait {
  return delaySeconds === undefined ? { status: "wait", cookie } : { status: "wait", cookie, delaySeconds };
}

/** Nothing was ordered yet: run SUBMIT anew after so many seconds. */
export function retry(delaySeconds: number): Wait {
  return { status: "wait", cookie: "", delaySeconds };
}

/** The CA said no, and will say no again. */
export function rejected(message: string): Refused {
  return { status: "rejected", message };
}

/** The CA could not be asked, or failed: certmonger asks again by itself. */
export function unreachable(message: string): Refused {
  return { status: "unreachable", message };
}

/** Configuration is missing or wrong: a person has to act. */
export function unconfigured(message: string): Refused {
  return { status: "unconfigured", message };
}
