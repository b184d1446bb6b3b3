import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ConformanceOptions } from "../../src/testing/index.ts";

/** A helper of the page. `DIRECTORY` in its command stands for a new directory. */
export interface Subject {
  readonly name: string;
  readonly about: string;
  /** A path without a slash in front is one of this repository. */
  readonly command: readonly string[];
  /** The options as the command line has them. */
  readonly flags?: readonly string[];
  readonly options?: Partial<ConformanceOptions>;
  readonly prepare?: (directory: string) => Promise<void>;
}

const debian = "/usr/lib/certmonger";
const password = "Secret.123";

export const subjects: readonly Subject[] = [
  {
    name: "self-sign-submit",
    about: "Our local CA.",
    command: ["dist/bin/self-sign-submit", "-d", "DIRECTORY"],
    flags: ["--expect issued"],
    options: { expect: "issued" },
  },
  {
    name: "shell-submit",
    about:
      "The [example in shell](examples/conformance/shell-submit), written from [protocol.md](protocol.md).",
    command: ["docs/examples/conformance/shell-submit", "DIRECTORY"],
    flags: ["--expect issued"],
    options: { expect: "issued" },
    prepare: makeCa,
  },
  {
    name: "python-submit",
    about:
      "The [example in Python](examples/conformance/python-submit), written from [protocol.md](protocol.md): it says wait, and issues when it is polled.",
    command: ["docs/examples/conformance/python-submit", "DIRECTORY"],
    flags: ["--expect issued"],
    options: { expect: "issued" },
    prepare: makeCa,
  },
  {
    name: "local-submit",
    about: "certmonger's own local CA, in C (Debian 12).",
    command: [`${debian}/local-submit`, "-d", "DIRECTORY"],
    flags: ["--expect issued"],
    options: { expect: "issued" },
  },
  {
    name: "ipa-submit",
    about:
      "certmonger's helper for IPA, in C, with a password instead of Kerberos, against the fault server in the place of IPA's JSON-RPC.",
    command: [
      ...[`${debian}/ipa-submit`, "-h", "127.0.0.1", "-d", "example.test"],
      ...["-u", "admin", "-w", "DIRECTORY/password"],
    ],
    flags: [
      "--environment-file principal.env",
      "--secret DIRECTORY/password",
      "--server-option -J --server-ca-option -c --server-template 'https://{host}:{port}/ipa/json'",
    ],
    options: {
      environment: { CERTMONGER_REQ_PRINCIPAL: "host/www.example.test@EXAMPLE.TEST" },
      secrets: [password],
      serverOption: "-J",
      serverCaOption: "-c",
      serverTemplate: "https://{host}:{port}/ipa/json",
      timeoutSeconds: 20,
    },
    prepare: (directory) => writeFile(join(directory, "password"), `${password}\n`, { mode: 0o600 }),
  },
  {
    name: "dogtag-submit",
    about:
      "certmonger's helper for Dogtag, in C, against the fault server in the place of the end-entity pages, over plain HTTP as is its default.",
    command: [`${debian}/dogtag-submit`, "-A", "https://127.0.0.1:1/ca/agent/ca"],
    flags: ["--server-option -E", "--server-template 'http://{host}:{port}/ca/ee/ca'", "--timeout 20"],
    options: {
      serverOption: "-E",
      serverTemplate: "http://{host}:{port}/ca/ee/ca",
      timeoutSeconds: 20,
    },
  },
  {
    name: "scep-submit",
    about: "certmonger's helper for SCEP, in C, without a server.",
    command: [`${debian}/scep-submit`, "-u", "http://127.0.0.1:1/scep"],
  },
];

async function makeCa(directory: string): Promise<void> {
  const files = ["-keyout", join(directory, "ca.key"), "-out", join(directory, "ca.pem")];
  const make = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=Example-CA";
  execFileSync("openssl", [...make.split(" "), ...files], { stdio: "ignore" });
}
