import type { OptionTable } from "../../sdk/option-table.ts";

export const conformanceOptions = {
  csr: { type: "string", describe: "a CSR that the CA accepts; the others ask for the same names" },
  expect: {
    type: "string",
    choices: ["issued", "wait", "rejected", "unreachable", "unconfigured"],
    describe: "how the plain request has to end",
  },
  profile: { type: "string", alias: "T", describe: "profile of every request (CERTMONGER_CA_PROFILE)" },
  environmentFile: { type: "string", describe: "NAME=VALUE lines: further variables for every run" },
  only: { type: "array", describe: "a group or a check to run; may be repeated" },
  skip: { type: "array", describe: "a group or a check not to run; may be repeated" },
  timeout: { type: "duration", default: "30s", describe: "the longest that one run of the helper may take" },
  jobs: { type: "number", alias: "j", default: 1, describe: "runs at the same time" },
  settle: {
    type: "duration",
    default: "5s",
    describe: "how long a slow CA may take for a certificate that it said to wait for",
  },
  cleanup: {
    type: "string",
    describe: "command to run at the end, with a file of all issued certificates as its last argument",
  },
  secret: {
    type: "array",
    describe:
      "file whose first line must not turn up on command lines, in output or in files; may be repeated",
  },
  serverOption: {
    type: "string",
    describe: "the helper's option for its server's URL (--url, or --url=): tries the network faults",
  },
  serverTemplate: {
    type: "string",
    default: "https://{host}:{port}/",
    describe: "the URL for that option",
  },
  serverCaOption: {
    type: "string",
    describe: "the helper's option for the file with the certificates to trust for it",
  },
  stateOption: {
    type: "string",
    describe:
      "the helper's option for the directory of its state (--state-directory): one is made for the trial",
  },
  full: { type: "boolean", describe: "environment and output at full length" },
  list: { type: "boolean", describe: "list the checks and stop" },
  json: { type: "boolean", describe: "the report as JSON on stdout" },
  tap: { type: "boolean", describe: "the report as TAP 14 on stdout" },
  junit: { type: "string", describe: "write the report as JUnit XML to this file" },
  html: { type: "string", describe: "write the report as one HTML page to this file" },
} as const satisfies OptionTable;
