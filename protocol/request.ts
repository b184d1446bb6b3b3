/** What SUBMIT and POLL carry. Each field is one `CERTMONGER_*` variable; see `variables.ts`. */
export interface EnrollmentRequest {
  /** PKCS#10, PEM. Empty when the environment holds none; `runHelper` never hands an empty one to a helper. */
  readonly csr: string;
  /** The subject as the user typed it (`CN=www.example.test,O=Lab`), not in the CSR's order. */
  readonly subject?: string;
  readonly hostnames: readonly string[];
  readonly principals: readonly string[];
  readonly emails: readonly string[];
  /** Text form: `192.0.2.1`, `2001:db8::1`. */
  readonly ipAddresses: readonly string[];
  /** `getcert -T`. */
  readonly profile?: string;
  /** `getcert -X`. */
  readonly issuer?: string;
  readonly caNickname?: string;
  /** `RSA`, `EC` or `DSA`; absent when certmonger does not know. */
  readonly keyType?: string;
  /** SubjectPublicKeyInfo, DER in base64. During a rekey it is the *old* key's: take the key from the CSR. */
  readonly spki?: string;
  /** Signed public key and challenge, base64. */
  readonly spkac?: string;
  /** PEM of the certificate that is there now: present on renewal, resubmission and rekey. */
  readonly previousCertificate?: string;
  readonly scep?: ScepData;
}

/** SCEP data, made by certmonger for a helper that answered "need-scep-messages". */
export interface ScepData {
  readonly caIdentifier?: string;
  readonly raCertificate?: string;
  readonly caCertificate?: string;
  readonly certificates?: string;
  readonly pkcsReq?: string;
  readonly getCertInitial?: string;
  readonly pkcsReqRekey?: string;
  readonly getCertInitialRekey?: string;
}

/**
 * The fields that a helper may declare as required (GET-NEW- and GET-RENEW-REQUEST-REQUIREMENTS).
 *
 * certmonger understands these seven and silently drops every other variable name
 * (certmonger 0.79.21 src/cadata.c, parse of the requirement lists).
 */
export type RequestField =
  | "subject"
  | "hostnames"
  | "principals"
  | "emails"
  | "ipAddresses"
  | "profile"
  | "issuer";
