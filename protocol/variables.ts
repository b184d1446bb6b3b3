import type { EnrollmentRequest, RequestField, ScepData } from "./request.ts";

/** What a `CERTMONGER_*` variable holds, and since when certmonger sets it. */
export interface Variable {
  readonly name: string;
  /**
   * The certmonger release that introduced it. "before 0.58" is as far back as its change log tells:
   * these belong to the first form of the protocol.
   */
  readonly since: string;
  /** `lines`: a list, joined by LF without one at the end. `pem`: ends with LF. `base64`: one line. */
  readonly form: "text" | "lines" | "pem" | "base64";
  /** `every`: all ten operations. `enrollment`: SUBMIT and POLL. `poll`: POLL alone. `process`: part of the clean environment. */
  readonly given: "every" | "enrollment" | "poll" | "process";
  readonly meaning: string;
}

/**
 * Every variable that certmonger hands to a helper. Each is either absent or not empty.
 *
 * @see certmonger 0.79.21 src/submit-e.h; src/submit-e.c, cm_submit_e_helper_main; src/cadata.c, fetch;
 * releases: doc/helpers.txt and the change log of certmonger.spec
 */
export const variables = [
  {
    name: "CERTMONGER_OPERATION",
    since: "before 0.58",
    form: "text",
    given: "every",
    meaning: "what is asked of the helper",
  },
  {
    name: "CERTMONGER_CA_NICKNAME",
    since: "0.73",
    form: "text",
    given: "every",
    meaning: "the CA's name in certmonger",
  },
  {
    name: "CERTMONGER_CSR",
    since: "before 0.58",
    form: "pem",
    given: "enrollment",
    meaning: "the signing request, PKCS#10",
  },
  {
    name: "CERTMONGER_REQ_SUBJECT",
    since: "before 0.58",
    form: "text",
    given: "enrollment",
    meaning: "the subject as typed (getcert -N)",
  },
  {
    name: "CERTMONGER_REQ_HOSTNAME",
    since: "before 0.58",
    form: "lines",
    given: "enrollment",
    meaning: "DNS names (getcert -D)",
  },
  {
    name: "CERTMONGER_REQ_PRINCIPAL",
    since: "before 0.58",
    form: "lines",
    given: "enrollment",
    meaning: "Kerberos principals (getcert -K)",
  },
  {
    name: "CERTMONGER_REQ_EMAIL",
    since: "before 0.58",
    form: "lines",
    given: "enrollment",
    meaning: "e-mail addresses (getcert -E)",
  },
  {
    name: "CERTMONGER_REQ_IP_ADDRESS",
    since: "0.77.5",
    form: "lines",
    given: "enrollment",
    meaning: "IP addresses as text (getcert -A)",
  },
  {
    name: "CERTMONGER_CA_PROFILE",
    since: "0.58",
    form: "text",
    given: "enrollment",
    meaning: "profile, template or certtype (getcert -T)",
  },
  {
    name: "CERTMONGER_CA_ISSUER",
    since: "0.79",
    form: "text",
    given: "enrollment",
    meaning: "the requested issuer (getcert -X)",
  },
  {
    name: "CERTMONGER_CERTIFICATE",
    since: "0.58",
    form: "pem",
    given: "enrollment",
    meaning: "the certificate that is there now",
  },
  {
    name: "CERTMONGER_KEY_TYPE",
    since: "0.73",
    form: "text",
    given: "enrollment",
    meaning: "RSA, EC or DSA",
  },
  {
    name: "CERTMONGER_SPKI",
    since: "0.73",
    form: "base64",
    given: "enrollment",
    meaning: "SubjectPublicKeyInfo; during a rekey the old key's",
  },
  {
    name: "CERTMONGER_SPKAC",
    since: "0.73",
    form: "base64",
    given: "enrollment",
    meaning: "signed public key and challenge",
  },
  {
    name: "CERTMONGER_CA_COOKIE",
    since: "before 0.58",
    form: "text",
    given: "poll",
    meaning: "the helper's own cookie, given back",
  },
  {
    name: "CERTMONGER_SCEP_CA_IDENTIFIER",
    since: "0.77",
    form: "text",
    given: "enrollment",
    meaning: "SCEP: the CA identifier",
  },
  {
    name: "CERTMONGER_SCEP_RA_CERTIFICATE",
    since: "0.77",
    form: "pem",
    given: "enrollment",
    meaning: "SCEP: the server's RA certificate",
  },
  {
    name: "CERTMONGER_SCEP_CA_CERTIFICATE",
    since: "0.77",
    form: "pem",
    given: "enrollment",
    meaning: "SCEP: the server's CA certificate",
  },
  {
    name: "CERTMONGER_SCEP_CERTIFICATES",
    since: "0.77",
    form: "pem",
    given: "enrollment",
    meaning: "SCEP: the rest of the server's chain",
  },
  {
    name: "CERTMONGER_PKCSREQ",
    since: "0.77",
    form: "pem",
    given: "enrollment",
    meaning: "SCEP: PKCSReq, by the old key in a rekey",
  },
  {
    name: "CERTMONGER_GETCERTINITIAL",
    since: "0.77",
    form: "pem",
    given: "enrollment",
    meaning: "SCEP: GetCertInitial, by the old key in a rekey",
  },
  {
    name: "CERTMONGER_PKCSREQ_REKEY",
    since: "0.77",
    form: "pem",
    given: "enrollment",
    meaning: "SCEP: PKCSReq by the new key in a rekey",
  },
  {
    name: "CERTMONGER_GETCERTINITIAL_REKEY",
    since: "0.77",
    form: "pem",
    given: "enrollment",
    meaning: "SCEP: GetCertInitial by the new key in a rekey",
  },
  {
    name: "CERTMONGER_LOCAL_CA_DIR",
    since: "0.75",
    form: "text",
    given: "process",
    meaning: "where local-submit keeps its CA",
  },
  {
    name: "CERTMONGER_CONFIG_DIR",
    since: "before 0.79",
    form: "text",
    given: "process",
    meaning: "certmonger's own configuration, if not the usual place",
  },
] as const satisfies readonly Variable[];

export type VariableName = (typeof variables)[number]["name"];

type TextField = Exclude<keyof EnrollmentRequest, "csr" | "scep" | ListField>;
type ListField = "hostnames" | "principals" | "emails" | "ipAddresses";

/** Fields of an enrollment request that are one text, and their variables. */
export const textFields = [
  ["subject", "CERTMONGER_REQ_SUBJECT"],
  ["profile", "CERTMONGER_CA_PROFILE"],
  ["issuer", "CERTMONGER_CA_ISSUER"],
  ["caNickname", "CERTMONGER_CA_NICKNAME"],
  ["keyType", "CERTMONGER_KEY_TYPE"],
  ["spki", "CERTMONGER_SPKI"],
  ["spkac", "CERTMONGER_SPKAC"],
  ["previousCertificate", "CERTMONGER_CERTIFICATE"],
] as const satisfies readonly (readonly [TextField, VariableName])[];

/** Fields of an enrollment request that are lists, and their variables. */
export const listFields = [
  ["hostnames", "CERTMONGER_REQ_HOSTNAME"],
  ["principals", "CERTMONGER_REQ_PRINCIPAL"],
  ["emails", "CERTMONGER_REQ_EMAIL"],
  ["ipAddresses", "CERTMONGER_REQ_IP_ADDRESS"],
] as const satisfies readonly (readonly [ListField, VariableName])[];

/** Fields of the SCEP data, and their variables. */
export const scepFields = [
  ["caIdentifier", "CERTMONGER_SCEP_CA_IDENTIFIER"],
  ["raCertificate", "CERTMONGER_SCEP_RA_CERTIFICATE"],
  ["caCertificate", "CERTMONGER_SCEP_CA_CERTIFICATE"],
  ["certificates", "CERTMONGER_SCEP_CERTIFICATES"],
  ["pkcsReq", "CERTMONGER_PKCSREQ"],
  ["getCertInitial", "CERTMONGER_GETCERTINITIAL"],
  ["pkcsReqRekey", "CERTMONGER_PKCSREQ_REKEY"],
  ["getCertInitialRekey", "CERTMONGER_GETCERTINITIAL_REKEY"],
] as const satisfies readonly (readonly [keyof ScepData, VariableName])[];

/**
 * The seven variables that a helper may declare as required.
 *
 * @see certmonger 0.79.21 src/cadata.c, attribute_map
 */
export const requirementFields = [
  ["subject", "CERTMONGER_REQ_SUBJECT"],
  ["hostnames", "CERTMONGER_REQ_HOSTNAME"],
  ["principals", "CERTMONGER_REQ_PRINCIPAL"],
  ["emails", "CERTMONGER_REQ_EMAIL"],
  ["ipAddresses", "CERTMONGER_REQ_IP_ADDRESS"],
  ["profile", "CERTMONGER_CA_PROFILE"],
  ["issuer", "CERTMONGER_CA_ISSUER"],
] as const satisfies readonly (readonly [RequestField, VariableName])[];
