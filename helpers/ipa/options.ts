import type { OptionTable, OptionValues } from "../../src/sdk/option-table.ts";

/** The profile that a server takes when none is named (ipalib, cert_request). */
export const defaultProfile = "caIPAserviceCert";

/** The options of certmonger's own `ipa-submit`, with its letters (measured: `ipa-submit --help`, 0.79.17), and ours. */
export const options = {
  host: { type: "string", alias: "h", describe: "name of the IPA server" },
  domain: { type: "string", alias: "d", describe: "IPA domain, for servers named in DNS" },
  xmlrpcUrl: { type: "string", alias: "H", describe: "URL of the server; /ipa/xml is taken as /ipa/json" },
  jsonrpcUrl: { type: "string", alias: "J", describe: "URL of the server's JSON-RPC service" },
  ldapUrl: { type: "string", alias: "L", describe: "URL of the server's directory" },
  capath: {
    type: "string",
    alias: "C",
    describe: "directory of CA certificates to trust, named by `openssl rehash`",
  },
  cafile: {
    type: "string",
    alias: "c",
    describe: "file of CA certificates to trust (default: /etc/ipa/ca.crt), beside the system's",
  },
  keytabName: { type: "string", alias: "t", describe: "keytab to log in with (default: the system's)" },
  submitterPrincipal: {
    type: "string",
    alias: "k",
    describe: "principal to log in as (default: host/ and this machine's name)",
  },
  useCcacheCreds: {
    type: "boolean",
    alias: "K",
    describe: "log in with the tickets of the default ccache, not with a keytab",
  },
  uid: { type: "string", alias: "u", describe: "log in as this user, with a password" },
  pwd: {
    type: "string",
    alias: "W",
    hidden: true,
    describe: "the user's password; every process can see it: use --pwdfile",
  },
  pwdfile: { type: "secret", alias: "w", describe: "file with the user's password" },
  principalOfRequest: { type: "string", alias: "P", describe: "principal that the certificate is for" },
  profile: { type: "string", alias: "T", describe: "profile to ask for" },
  issuer: { type: "string", alias: "X", describe: "CA of the server to ask for (default: ipa)" },
  basedn: { type: "string", alias: "b", describe: "base DN of the directory" },
  add: { type: "boolean", default: true, describe: "make a service that is missing; --no-add leaves it" },
  dropUnknown: {
    type: "boolean",
    describe: "when a very old server does not know the option for CA or profile, ask it without",
  },
  csr: { type: "string", describe: "--check: file of a CSR; asks the server all that would be asked for it" },
  deep: { type: "boolean", describe: "--check --csr: let the CA itself look at a spoiled copy of the CSR" },
  stateDirectory: {
    type: "string",
    default: "/var/lib/certmonger-helper/ipa-submit",
    describe: "where answers are kept for a day, and for minutes which servers were down",
  },
} as const satisfies OptionTable;

export type IpaOptions = OptionValues<typeof options>;
