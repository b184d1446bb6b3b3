import type { IssuedOutput } from "../../testing/issued-output.ts";
import { chainFault, reachesRoot } from "../../testing/judge-chain.ts";
import { type Certificate, verifyCertificate } from "../../x509/certificate.ts";
import { carriesKeyOf } from "../../x509/chain.ts";
import { readCsr } from "../../x509/csr.ts";
import { decodeSubjectAltNameExtension } from "../../x509/extensions.ts";
import type { SubjectAltName } from "../../x509/names.ts";
import { readPublicKey } from "../../x509/public-key.ts";

/** One thing that was looked at. `unknown`: it could not be decided, which is no fault. */
export interface Check {
  readonly name: "key" | "time" | "chain" | "names";
  readonly verdict: "good" | "bad" | "unknown";
  readonly text: string;
}

/**
 * Checks what certmonger does not: that the certificate has the CSR's key, is valid now, and is signed by what came
 * with it.
 *
 * The names are compared for a person to see: a CA may change them, so a missing one is `unknown`, not `bad`.
 *
 * @param roots of FETCH-ROOTS; when there are some, the chain has to end in one of them
 */
export function checkCertificate(
  output: IssuedOutput,
  csr: string,
  roots: readonly Certificate[],
  now: Date,
): Check[] {
  return [
    checkKey(output, csr),
    checkTime(output.leaf, now),
    checkChain(output, roots),
    checkNames(output, csr),
  ];
}

/** Whether it may be written to a file and called a success. */
export function isAcceptable(checks: readonly Check[]): boolean {
  return checks.every(({ verdict }) => verdict !== "bad");
}

function checkKey({ leaf }: IssuedOutput, csr: string): Check {
  return carriesKeyOf(leaf, readCsr(csr))
    ? { name: "key", verdict: "good", text: "has the CSR's key" }
    : { name: "key", verdict: "bad", text: "has another key than the CSR" };
}

function checkTime({ notBefore, notAfter }: Certificate, now: Date): Check {
  if (now < notBefore) {
    return { name: "time", verdict: "bad", text: `is not valid before ${notBefore.toISOString()}` };
  }
  return now > notAfter
    ? { name: "time", verdict: "bad", text: `ended on ${notAfter.toISOString()}` }
    : { name: "time", verdict: "good", text: "is valid now" };
}

function checkChain(output: IssuedOutput, roots: readonly Certificate[]): Check {
  const { leaf, others } = output;
  const bad = (text: string): Check => ({ name: "chain", verdict: "bad", text });
  const fault = chainFault(output);
  if (fault !== undefined) {
    return bad(`its chain is wrong: ${fault}`);
  }
  if (roots.length > 0) {
    return reachesRoot(output, roots)
      ? { name: "chain", verdict: "good", text: "leads to a root of FETCH-ROOTS, each signature verified" }
      : bad("does not lead to a root of FETCH-ROOTS");
  }
  const issuer = [leaf, ...others].find((candidate) => verifyCertificate(leaf, candidate));
  return issuer === undefined
    ? {
        name: "chain",
        verdict: "unknown",
        text: `came without the certificate of its issuer, ${leaf.issuer}`,
      }
    : { name: "chain", verdict: "good", text: `is signed by ${issuer === leaf ? "itself" : issuer.subject}` };
}

function checkNames({ leaf }: IssuedOutput, csr: string): Check {
  const wanted = namesOf(readCsr(csr));
  const given = namesOf(leaf);
  const missing = wanted.filter((name) => !given.includes(name));
  const added = given.filter((name) => !wanted.includes(name));
  const parts = [
    ...(missing.length > 0 ? [`lacks ${missing.join(", ")}`] : []),
    ...(added.length > 0 ? [`was also given ${added.join(", ")}`] : []),
  ];
  return parts.length === 0
    ? { name: "names", verdict: "good", text: "has the names that were asked for" }
    : { name: "names", verdict: "unknown", text: parts.join("; ") };
}

/** Subject alternative names as text: `DNS www.example.test`. */
export function namesOf({ extensions }: Pick<Certificate, "extensions">): string[] {
  return (decodeSubjectAltNameExtension(extensions) ?? []).map(describeName);
}

function describeName(name: SubjectAltName): string {
  switch (name.type) {
    case "dns":
      return `DNS ${name.value}`;
    case "email":
      return `e-mail ${name.value}`;
    case "ip":
      return `IP ${name.value}`;
    case "uri":
      return `URI ${name.value}`;
    case "principal":
      return `principal ${name.value}`;
    case "upn":
      return `UPN ${name.value}`;
    case "directory":
      return "a directory name";
    case "other":
      return `another name${name.oid === undefined ? "" : ` (${name.oid})`}`;
  }
}

/** Kind and size of a key: `RSA 2048`, `EC prime256v1`, `ED25519`. */
export function describeKey({ spkiDer }: Pick<Certificate, "spkiDer">): string {
  try {
    const key = readPublicKey(spkiDer);
    const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
    return [key.asymmetricKeyType?.toUpperCase(), modulusLength ?? namedCurve].filter(Boolean).join(" ");
  } catch {
    return "of a kind that is not known here";
  }
}
