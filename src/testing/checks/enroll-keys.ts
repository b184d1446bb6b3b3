import type { KeyKind } from "../../x509/keys.ts";
import { withUnknownKeyType } from "../csr-samples.ts";
import type { Check, CheckId } from "./check.ts";
import { judgeProper } from "./plain.ts";

function keyCheck(id: CheckId, name: string, kind: KeyKind, harm: string): Check {
  return {
    id,
    severity: "must",
    operation: "SUBMIT",
    title: `${name} key is dealt with`,
    rule: "The CSR's key may be of any type. The CA issues for exactly that key, or says no.",
    harm,
    tried: `a request with ${name} key`,
    mend: "Hand the CSR's SubjectPublicKeyInfo through untouched; answer 2 and name the key type where the CA does not take it.",
    judge: (trial) => {
      const sample = trial.samples.fresh(`${name} key`, { kind });
      return judgeProper(trial, sample, { scenario: `${name} key` });
    },
  };
}

const stuck = "getcert request -G ec ends in NEED_GUIDANCE, or with a certificate for another key.";

export const keyChecks: readonly Check[] = [
  keyCheck("enroll.ec-p256", "an EC P-256", "EC-P256", stuck),
  keyCheck("enroll.ec-p384", "an EC P-384", "EC-P384", stuck),
  keyCheck(
    "enroll.ed25519",
    "an Ed25519",
    "Ed25519",
    "certmonger does not make such keys yet, but signs CSRs of keys that it finds: the request ends in NEED_GUIDANCE.",
  ),
  {
    id: "enroll.unknown-key",
    severity: "must",
    operation: "SUBMIT",
    title: "a key of an unknown type is dealt with",
    rule: "The CSR's key may be of a type that the helper does not know (certmonger 0.79.21 makes ML-DSA keys). The CA issues for exactly that key, or says no.",
    harm: "The request ends in NEED_GUIDANCE without a message.",
    tried:
      "a request whose key has an algorithm from a private arc; its signature can not be verified by anyone",
    mend: "Answer 2 and say that the key type is not supported, or pass the key through.",
    judge: (trial) => {
      const sample = trial.samples.fresh("an EC P-256 key", { kind: "EC-P256" });
      return judgeProper(trial, withUnknownKeyType(sample), { scenario: "a key of an unknown type" });
    },
  },
];
