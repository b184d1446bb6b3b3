import { chmodSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeAuthority, makeSubject } from "../../../../helpers/self-sign/make-authority.ts";
import type { Environment } from "../../../../protocol/index.ts";
import { withLock } from "../../../../src/files/lock.ts";
import { encodeDer, Tag } from "../../../../src/x509/asn1.ts";
import { oid, primitive, sequence, setOf } from "../../../../src/x509/asn1-make.ts";
import { createCsr, readCsr } from "../../../../src/x509/csr.ts";
import { encodeBasicConstraints, extensionOid } from "../../../../src/x509/extensions.ts";
import { generateKey } from "../../../../src/x509/keys.ts";
import { newDirectory } from "../../../support/directory.ts";
import { openssl } from "./openssl.ts";

/** What to run: beside these, a SUBMIT of a good CSR with `-d DIR`. */
export interface Arranged {
  readonly args?: readonly string[];
  readonly variables?: Environment;
  /** Undoes or releases what was arranged. */
  readonly release?: () => unknown;
}

/** Something that can go wrong, by the name of its row in the table of helpers/self-sign/README.md. */
export interface Failure {
  readonly name: string;
  /** Prepares `directory`, in which there is no state yet. `makeCa` issues a first certificate there. */
  arrange(directory: string, makeCa: () => Promise<void>): Arranged | Promise<Arranged>;
}

const keyPair = generateKey("EC-P256");
export const goodCsr = createCsr({
  subject: "CN=www.example.test",
  keyPair,
  subjectAltNames: [{ type: "dns", value: "www.example.test" }],
});

const der = Buffer.from(readCsr(goodCsr).der);
const asPem = (bytes: Buffer) =>
  `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;

/** 200 KB: too long for a variable, so it comes in a file. */
function bigCsr(): string {
  const subjectAltNames = Array.from({ length: 6_000 }, (_, index) => ({
    type: "dns" as const,
    value: `host-${String(index).padStart(6, "0")}.example.test`,
  }));
  return createCsr({ subject: "CN=www.example.test", keyPair, subjectAltNames });
}

function forgedCsr(): string {
  const forged = Buffer.from(der);
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
  return asPem(forged);
}

/** With O as a UTF8String of these octets. */
function csrNamedByOctets(hex: string): string {
  const organization = sequence(oid("2.5.4.10"), primitive(Tag.utf8String, Buffer.from(hex, "hex")));
  return createCsr({ subject: encodeDer(sequence(setOf([organization]))), keyPair });
}

function csrWithKeyUsage(hex: string): string {
  const usage = { oid: extensionOid.keyUsage, critical: true, valueDer: Buffer.from(hex, "hex") };
  return createCsr({ subject: "CN=www.example.test", keyPair, extensions: [usage] });
}

const csrVariable = (csr: string | undefined): Arranged => ({ variables: { CERTMONGER_CSR: csr } });

/** By hand: no variables of certmonger, the CSR in a file. */
function byHand(directory: string, content: string | Buffer): Arranged {
  const path = join(newDirectory(), "request.csr");
  writeFileSync(path, content);
  return {
    args: ["-d", directory, path],
    variables: { CERTMONGER_OPERATION: undefined, CERTMONGER_CSR: undefined },
  };
}

function policy(content: string, mode = 0o600): Arranged {
  const path = join(newDirectory(), "policy.json");
  writeFileSync(path, content);
  chmodSync(path, mode);
  return { args: ["--policy", path] };
}

const inState = (directory: string, name: string) => join(directory, name);

export const requestFailures: readonly Failure[] = [
  {
    name: "`CERTMONGER_OPERATION` is unset",
    arrange: () => ({ variables: { CERTMONGER_OPERATION: undefined } }),
  },
  {
    name: "`CERTMONGER_OPERATION` is in lower case",
    arrange: () => ({ variables: { CERTMONGER_OPERATION: "submit" } }),
  },
  {
    name: "`CERTMONGER_OPERATION` is unknown",
    arrange: () => ({ variables: { CERTMONGER_OPERATION: "REVOKE" } }),
  },
  { name: "there is no CSR", arrange: () => csrVariable(undefined) },
  { name: "the CSR is empty", arrange: () => csrVariable("") },
  { name: "the CSR is garbage", arrange: () => csrVariable("garbage") },
  { name: "the CSR is garbage in PEM", arrange: () => csrVariable(asPem(Buffer.from("garbage"))) },
  { name: "the CSR is cut short", arrange: () => csrVariable(asPem(der.subarray(0, 100))) },
  { name: "the CSR is signed by another key", arrange: () => csrVariable(forgedCsr()) },
  {
    name: "a string in the CSR's subject is not well-formed",
    arrange: () => csrVariable(csrNamedByOctets("41ff")),
  },
  {
    name: "the CSR's subject has a control character",
    arrange: () => csrVariable(csrNamedByOctets("410a42")),
  },
  { name: "the CSR's key usage is not DER", arrange: () => csrVariable(csrWithKeyUsage("030200a0")) },
  { name: "the CSR has CRLF line ends", arrange: () => csrVariable(goodCsr.replaceAll("\n", "\r\n")) },
  { name: "the CSR is DER, in a file", arrange: (directory) => byHand(directory, der) },
  { name: "the CSR has 200 KB, in a file", arrange: (directory) => byHand(directory, bigCsr()) },
  { name: "200 KB of garbage, in a file", arrange: (directory) => byHand(directory, "x".repeat(200_000)) },
  { name: "there is no HOME", arrange: () => ({ variables: { HOME: undefined } }) },
  {
    name: "the CSR asks for a CA certificate",
    arrange: () =>
      csrVariable(
        createCsr({ subject: "CN=Sub CA", keyPair, extensions: [encodeBasicConstraints({ ca: true })] }),
      ),
  },
  {
    name: "the CSR asks for what the profile does not allow",
    arrange: () => policy('{"defaultProfile":"web","profiles":{"web":{"names":{"dns":["*.lab.test"]}}}}'),
  },
  {
    name: "there is no such profile",
    arrange: () => ({
      ...policy('{"profiles":{"web":{}}}'),
      variables: { CERTMONGER_CA_PROFILE: "mail" },
    }),
  },
];

export const settingFailures: readonly Failure[] = [
  {
    name: "a flag is unknown or makes no sense",
    arrange: () => ({ args: ["--frob", "--validity", "soon"] }),
  },
  { name: "an option has a value that can not be", arrange: () => ({ args: ["--ca-validity", "1s"] }) },
  { name: "the policy is not there", arrange: () => ({ args: ["--policy", "/no/such/policy.json"] }) },
  { name: "the policy is not JSON", arrange: () => policy("{") },
  { name: "the policy has mistakes", arrange: () => policy('{"profiles":{"web":{"nams":{}}}}') },
  {
    name: "others can change the settings",
    arrange() {
      const path = join(newDirectory(), "settings.json");
      writeFileSync(path, "{}");
      chmodSync(path, 0o664);
      return { args: ["--config", path] };
    },
  },
  { name: "others can change the policy", arrange: () => policy('{"profiles":{"web":{}}}', 0o666) },
];

export const stateFailures: readonly Failure[] = [
  {
    name: "the state directory is a file",
    arrange(directory) {
      rmSync(directory, { recursive: true });
      writeFileSync(directory, "");
      return {};
    },
  },
  {
    name: "others can write to the state directory",
    arrange(directory) {
      chmodSync(directory, 0o777);
      return {};
    },
  },
  {
    name: "others can write to the state directory, where there is a CA already",
    async arrange(directory, makeCa) {
      await makeCa();
      chmodSync(directory, 0o770);
      return {};
    },
  },
  {
    name: "others could put another directory in the place of the state directory, which is not there yet",
    arrange(directory) {
      const open = join(directory, "open");
      mkdirSync(open);
      chmodSync(open, 0o777);
      return { args: ["-d", join(open, "ca")] };
    },
  },
  {
    name: "the CA's file is damaged",
    async arrange(directory, makeCa) {
      await makeCa();
      truncateSync(inState(directory, "ca-1.pem"), 300);
      return {};
    },
  },
  {
    name: "the CA's key is another one",
    async arrange(directory, makeCa) {
      await makeCa();
      const path = inState(directory, "ca-1.pem");
      const certificate = readFileSync(path, "utf8").replace(/^[\s\S]*PRIVATE KEY-----\n/, "");
      writeFileSync(path, openssl(["genpkey", "-algorithm", "ED25519"]) + certificate);
      return {};
    },
  },
  {
    name: "others can read the CA's key",
    async arrange(directory, makeCa) {
      await makeCa();
      chmodSync(inState(directory, "ca-1.pem"), 0o644);
      return {};
    },
  },
  {
    name: "the CA's file is gone",
    async arrange(directory, makeCa) {
      await makeCa();
      rmSync(inState(directory, "ca-1.pem"));
      return {};
    },
  },
  {
    name: "the `creds` of `local-submit` is damaged",
    arrange(directory) {
      writeFileSync(inState(directory, "creds"), "junk", { mode: 0o600 });
      return {};
    },
  },
  {
    name: "the `creds` of `local-submit` is empty",
    arrange(directory) {
      writeFileSync(inState(directory, "creds"), "", { mode: 0o600 });
      return {};
    },
  },
  {
    name: "others can read the `creds` of `local-submit`",
    arrange(directory) {
      writeFileSync(inState(directory, "creds"), "junk", { mode: 0o644 });
      return {};
    },
  },
  {
    name: "the record can not be written",
    async arrange(directory, makeCa) {
      await makeCa();
      rmSync(inState(directory, "issued.jsonl"));
      mkdirSync(inState(directory, "issued.jsonl"));
      return {};
    },
  },
  {
    name: "the lock is something else",
    arrange(directory) {
      writeFileSync(
        inState(directory, "self-sign.lock"),
        "this is no lock, and long enough to be something else",
      );
      return {};
    },
  },
  {
    name: "another process makes the CA and does not come to an end",
    async arrange(directory) {
      const held = Promise.withResolvers<void>();
      const taken = Promise.withResolvers<void>();
      const path = inState(directory, "self-sign.lock");
      const holding = withLock(path, { deadlineMs: 1_000 }, () => {
        taken.resolve();
        return held.promise;
      });
      await taken.promise;
      const release = async () => {
        held.resolve();
        await holding;
      };
      return { args: ["--timeout", "1s"], release };
    },
  },
  {
    name: "the clock is before the CA's first moment",
    arrange(directory) {
      const { privateKeyPem, certificatePem } = makeAuthority({
        keyKind: "EC-P256",
        subjectDer: makeSubject("Local Signing Authority"),
        validitySeconds: 10 * 86_400,
        now: new Date(Date.now() + 86_400_000),
      });
      writeFileSync(inState(directory, "ca-1.pem"), privateKeyPem + certificatePem, { mode: 0o600 });
      return {};
    },
  },
];
