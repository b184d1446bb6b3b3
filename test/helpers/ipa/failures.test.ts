import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { errorCodes } from "../../../helpers/ipa/outcomes.ts";
import type { Environment } from "../../../protocol/index.ts";
import { type FakeIpa, type FakeIpaReply, startFakeIpa } from "../../../src/testing/servers/fake-ipa.ts";
import { codeTable, failureTable, patternOf } from "./support/readme.ts";
import { recording } from "./support/recordings.ts";
import { makeMachine, submission, type TestMachine } from "./support/run.ts";

interface Failure {
  readonly name: string;
  readonly args?: readonly string[];
  readonly variables?: Environment;
  /** What the server answers; every answer is this one. */
  readonly reply?: FakeIpaReply;
  readonly tls?: "untrusted" | "expired";
  readonly isNotEnrolled?: true;
  readonly arrange?: (machine: TestMachine, ipa: FakeIpa) => readonly string[] | Promise<readonly string[]>;
}

const ipaError = (code: number, message = "this or that"): FakeIpaReply => ({
  error: { code, name: errorCodes[code]?.title ?? "X", message },
});
const withCertificate = (certificate: unknown): FakeIpaReply => ({ result: { result: { certificate } } });
const kerberosError = (number: number): Environment => ({ TEST_KERBEROS_CODE: String(number - 1765328384) });

const notForwardable = recording("not-forwardable-json");

const failures: readonly Failure[] = [
  { name: "there is no CSR", variables: { CERTMONGER_CSR: undefined } },
  { name: "the CSR is garbage", variables: { CERTMONGER_CSR: "garbage" } },
  { name: "the request names no principal", variables: { CERTMONGER_REQ_PRINCIPAL: undefined } },
  { name: "a flag is unknown", args: ["--frob"] },
  { name: "-K and -t", args: ["-K", "-t", "/etc/krb5.keytab"] },
  { name: "-u without a password", args: ["-u", "alice"] },
  { name: "a password without -u", args: ["-W", "Secret-9"] },
  { name: "the password's file can not be read", args: ["-u", "alice", "-w", "/no/such/file"] },
  {
    name: "others can read the password's file",
    arrange: ({ directory }) => {
      writeFileSync(join(directory, "password"), "Secret-9\n", { mode: 0o644 });
      return ["-u", "alice", "-w", join(directory, "password")];
    },
  },
  { name: "no server is known", isNotEnrolled: true },
  { name: "the URL is none", args: ["-J", "nonsense"] },
  { name: "the KDC can not be reached", variables: kerberosError(156) },
  { name: "the KDC is in trouble", variables: kerberosError(60) },
  { name: "the key in the keytab is an old one", variables: kerberosError(24) },
  { name: "the CA file is missing", args: ["-c", "/no/such/file"] },
  {
    name: "the server refuses connections",
    arrange: async (_, ipa) => {
      const url = ipa.url;
      await ipa.close();
      return ["-J", url];
    },
  },
  { name: "the host does not exist", args: ["-h", "no-such-host.invalid"] },
  { name: "the server's certificate is of an unknown CA", tls: "untrusted" },
  { name: "the server's certificate has expired", tls: "expired" },
  {
    name: "the server does not accept the login",
    reply: { status: 401, headers: { "www-authenticate": "Negotiate" } },
  },
  {
    name: "the ticket is not forwardable, at the session URL",
    reply: { status: 401, headers: recording("not-forwardable-session").reply.headers },
  },
  {
    name: "the ticket is not forwardable",
    reply: { status: 200, body: notForwardable.reply.body },
  },
  { name: "the password is wrong", args: ["-u", "alice", "-W", "Secret-9"] },
  { name: "403", reply: { status: 403 } },
  { name: "404", reply: { status: 404 } },
  { name: "500", reply: { status: 500 } },
  { name: "503", reply: { status: 503 } },
  {
    name: "a redirect",
    reply: { status: 301, headers: { location: "https://elsewhere.example.test/ipa/json" } },
  },
  { name: "an HTML page", reply: { status: 200, body: "<html>hello</html>" } },
  { name: "an empty answer", reply: { status: 200, body: "" } },
  { name: "the answer is cut off", reply: "cut" },
  { name: "the server hangs up", reply: "close" },
  { name: "an answer without a result", reply: { result: undefined } },
  { name: "an error that is a text", reply: { status: 200, body: { error: "a text", result: null } } },
  { name: "the certificate is null", reply: withCertificate(null) },
  { name: "the certificate is empty", reply: withCertificate("") },
  { name: "the certificate is not base64", reply: withCertificate("!!not base64!!") },
  { name: "the certificate is none", reply: withCertificate("aGVsbG8gd29ybGQ=") },
  { name: "the server never answers", args: ["--timeout", "3"], reply: "silence" },
  { name: "2100, and every other code from 2000 to 3999", reply: ipaError(2100) },
  {
    name: "3005 for the issuer",
    args: ["-X", "sub"],
    reply: {
      error: { code: 3005, name: "OptionError", message: "Unknown option: cacn", data: { option: "cacn" } },
    },
  },
  { name: "4001", reply: ipaError(4001) },
  { name: "4301", reply: ipaError(4301) },
  { name: "903", reply: ipaError(903) },
];

describe("as the README says:", () => {
  it.concurrent.each(failures)("$name", async (failure) => {
    const row = failureTable.get(failure.name);
    if (row === undefined) throw new Error(`the README has no row "${failure.name}"`);
    const ipa = await startFakeIpa({
      passwords: { alice: "another" },
      ...(failure.tls && { tls: failure.tls }),
    });
    try {
      const machine = makeMachine(failure.isNotEnrolled ? undefined : ipa);
      if (failure.reply !== undefined) ipa.always("cert_request", failure.reply);
      const args = (await failure.arrange?.(machine, ipa)) ?? failure.args ?? [];
      const ran = await machine.run(args, { ...submission(), ...failure.variables });
      expect({ exitStatus: ran.exitStatus, firstLine: ran.firstLine }, ran.stderr).toEqual({
        exitStatus: row.exitStatus,
        firstLine: expect.stringMatching(patternOf(row.firstLine, ipa.name)),
      });
      expect(ran.stdout.trimEnd().split("\n")).toHaveLength(1);
      expect(ran.stdout + ran.stderr).not.toContain("Secret-9");
    } finally {
      await ipa.close();
    }
  });

  it("every row of the table is tested", () => {
    expect([...failureTable.keys()].sort()).toEqual(failures.map(({ name }) => name).sort());
  });

  it("the table of codes is that of the program", () => {
    const others = {
      server: "yes",
      "not-yet": "yes",
      again: "the same once more",
      lasting: "no",
      refused: "no",
    };
    const rows = Object.entries(errorCodes).map(([code, { title, outcome, meaning, remedy }]) => {
      const status = outcome === "refused" ? "2" : "3";
      return [code, title, status, others[outcome], `${meaning}: ${remedy}`];
    });
    expect(codeTable).toEqual(rows);
  });
});
