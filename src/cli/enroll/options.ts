import type { OptionTable } from "../../sdk/option-table.ts";

/** Letters are getcert's where getcert has the option. */
export const enrollOptions = {
  helper: {
    type: "string",
    alias: "e",
    describe: "the helper's command in one string, as for getcert add-ca -e, instead of words after --",
  },
  subject: {
    type: "string",
    alias: "N",
    describe: "subject, most specific part first (default: CN= the first -D, else this host's name)",
  },
  dns: { type: "array", alias: "D", describe: "DNS name; may be repeated, like -A, -E and -K" },
  ip: { type: "array", alias: "A", describe: "IP address" },
  email: { type: "array", alias: "E", describe: "e-mail address" },
  principal: { type: "array", alias: "K", describe: "Kerberos principal" },
  profile: { type: "string", alias: "T", describe: "profile, template or certificate type" },
  issuer: { type: "string", alias: "X", describe: "which of the CA's issuers" },
  ca: {
    type: "string",
    alias: "c",
    default: "certmonger-helper",
    describe: "CA nickname that the helper is given",
  },
  keyType: { type: "string", alias: "G", default: "rsa", describe: "rsa, ec or ed25519" },
  keySize: {
    type: "number",
    alias: "g",
    describe: "2048, 3072 or 4096 for rsa (default 2048); 256 or 384 for ec (default 256)",
  },
  csr: { type: "string", describe: "send the CSR in this file instead of making one" },
  renew: {
    type: "string",
    describe: "a renewal: hand this certificate over as the one that is there now",
  },
  key: {
    type: "string",
    alias: "k",
    describe: "private key file: used if it is there, else written at the end, mode 0600",
  },
  certificate: { type: "string", alias: "f", describe: "write the certificate to this file" },
  roots: {
    type: "string",
    alias: "F",
    describe: "ask FETCH-ROOTS, check the certificate against the roots, write them to this file",
  },
  env: {
    type: "array",
    describe: "NAME=VALUE in the environment of the daemon; few names are handed down to helpers",
  },
  timeout: { type: "duration", default: "5m", describe: "longest time for one run of the helper" },
  pollInterval: {
    type: "duration",
    default: "5s",
    describe: "time before POLL when the helper names none; certmonger's is up to 7 days",
  },
  maxWait: {
    type: "duration",
    default: "1m",
    describe: "longest pause before one POLL, whatever the helper asks for",
  },
  maxRuns: {
    type: "number",
    default: 20,
    describe: "give up after so many runs with SUBMIT and POLL in all",
  },
  verbose: { type: "count", alias: "v", describe: "show the environment given and all of stderr" },
  json: { type: "boolean", describe: "one JSON document on stdout instead of text" },
} as const satisfies OptionTable;
