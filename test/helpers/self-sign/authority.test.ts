import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { SelfSignOptions } from "../../../helpers/self-sign/options.ts";
import { fetchRoots, rollOverNow } from "../../../helpers/self-sign/queries.ts";
import { submit } from "../../../helpers/self-sign/submit.ts";
import { decodeRoots, HelperFailure, splitPem } from "../../../protocol/index.ts";
import { readCertificate } from "../../../src/x509/certificate.ts";
import { createCsr } from "../../../src/x509/csr.ts";
import { generateKey } from "../../../src/x509/keys.ts";
import { newDirectory } from "../../support/directory.ts";
import { makeContext, requestFor, type TestContext } from "./support/context.ts";
import { openssl, verifiedText } from "./support/openssl.ts";

const csr = createCsr({ subject: "CN=www.example.test", keyPair: generateKey("EC-P256") });
const fixture = (name: string) =>
  fileURLToPath(new URL(`../../fixtures/local-submit/${name}`, import.meta.url));

const directoryOf = (context: TestContext) => context.options.caDataDirectory ?? "";
const stateFile = (context: TestContext, name: string) => join(directoryOf(context), name);

async function issue(context: TestContext) {
  const result = await submit(requestFor(csr), context);
  if (result.status !== "issued") throw new Error(JSON.stringify(result));
  return result;
}

/** Status and message of a run that fails. */
async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof HelperFailure) return `${error.status}: ${error.message}`;
    throw error;
  }
  throw new Error("it did not fail");
}

describe("a CA", () => {
  it("is made on first use, in a directory that is made with it, for its owner alone", async () => {
    const context = makeContext({ caDataDirectory: join(newDirectory(), "a", "b") });
    await issue(context);
    expect(statSync(directoryOf(context)).mode & 0o777).toBe(0o700);
    expect(readdirSync(directoryOf(context)).sort()).toEqual(["ca-1.pem", "issued.jsonl", "self-sign.lock"]);
    for (const name of readdirSync(directoryOf(context)))
      expect(statSync(stateFile(context, name)).mode & 0o777).toBe(0o600);
  });

  it("stays the same from run to run", async () => {
    const context = makeContext();
    const roots = await fetchRoots(context);
    await issue(context);
    expect(await fetchRoots(context)).toEqual(roots);
  });

  it("has the name, the key and the time that the options ask for", async () => {
    const options: Partial<SelfSignOptions> = {
      caName: "Lab CA",
      caKeyType: "EC-P384",
      caValidity: 30 * 86_400,
    };
    const { roots } = await fetchRoots(makeContext(options));
    const [root] = roots;
    expect(root?.nickname).toBe("Lab CA");
    const text = verifiedText(root?.certificate ?? "", [root?.certificate ?? ""]);
    expect(text).toMatch(/Issuer: CN=[0-9a-f]{8}(-[0-9a-f]{8}){3},CN=Lab CA/);
    expect(text).toContain("ASN1 OID: secp384r1");
    expect(text).toMatch(/X509v3 Basic Constraints: critical\s+CA:TRUE/);
    expect(text).toMatch(/X509v3 Key Usage: critical\s+Certificate Sign, CRL Sign/);
    const { notBefore, notAfter } = readCertificate(root?.certificate ?? "");
    expect(notAfter.getTime() - notBefore.getTime()).toBe(30 * 86_400_000);
  });

  it("that was being made by a process that was killed leaves no trace once it is made", async () => {
    const context = makeContext();
    writeFileSync(stateFile(context, ".ca-1.pem.0123456789ab.new"), "-----BEGIN PRIV", { mode: 0o600 });
    await issue(context);
    expect(readdirSync(directoryOf(context)).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("can be followed by the next one before its time, with another kind of key", async () => {
    const context = makeContext();
    const before = await issue(context);
    await rollOverNow({ ...context, options: { ...context.options, caKeyType: "Ed25519" } });
    expect(context.printed.join("\n")).toMatch(
      /^CN=[0-9a-f-]+,CN=Local Signing Authority, serial [0-9a-f]+, until /,
    );
    const after = await issue(context);
    const { roots } = await fetchRoots(context);
    const [, younger] = roots;
    expect(after.roots).toEqual(roots);
    const all = roots.map(({ certificate }) => certificate);
    verifiedText(before.certificate, all);
    expect(verifiedText(after.certificate, all)).toContain("Signature Algorithm: ED25519");
    expect(readCertificate(after.certificate).issuerDer).toEqual(
      readCertificate(younger?.certificate ?? "").subjectDer,
    );
  });

  it("that is half over is still used when the next one can not be made", async () => {
    const context = makeContext({ caValidity: 1_000 });
    await fetchRoots(context);
    writeFileSync(
      stateFile(context, "self-sign.lock"),
      "this is no lock, and long enough to be something else",
    );
    await issue({ ...context, now: () => new Date(Date.now() + 600_000) });
    expect(context.logged.join("\n")).toContain("half of the CA's time is over, and no new one can be made");
  });
});

describe("the CA of local-submit", () => {
  function withCredentials(content: Buffer = readFileSync(fixture("creds"))): TestContext {
    const context = makeContext();
    writeFileSync(stateFile(context, "creds"), content, { mode: 0o600 });
    return context;
  }

  it("is taken over: its key signs on, its roots are handed out, its file is left alone", async () => {
    const context = withCredentials();
    const { certificate } = await issue(context);
    const roots = splitPem(readFileSync(fixture("roots.txt"), "utf8")).map(({ text }) => text);
    expect(verifiedText(certificate, roots.slice(0, 1))).toContain("CN=Local Signing Authority");
    expect(readFileSync(stateFile(context, "creds"))).toEqual(readFileSync(fixture("creds")));
    const handedOut = (await fetchRoots(context)).roots;
    expect(handedOut.map((root) => root.certificate).sort()).toEqual([...roots].sort());
    const recorded = decodeRoots(readFileSync(fixture("roots.txt"), "utf8")).roots;
    expect(handedOut.map(({ nickname }) => nickname)).toEqual(recorded.map(({ nickname }) => nickname));
  });

  it("is taken over once: what local-submit does later is its own affair", async () => {
    const context = withCredentials();
    const before = await fetchRoots(context);
    writeFileSync(stateFile(context, "creds"), "something else", { mode: 0o600 });
    expect(await fetchRoots(context)).toEqual(before);
  });

  it("is followed by one of ours under the same name when half of its time is over", async () => {
    const context = withCredentials();
    const now = () => new Date("2090-01-01");
    const { roots } = await fetchRoots({ ...context, now });
    const [taken, ours] = roots.map(({ certificate }) => readCertificate(certificate));
    expect(roots).toHaveLength(2);
    expect(ours?.subjectDer).toEqual(taken?.subjectDer);
    expect(ours?.notBefore).toEqual(now());
  });

  it("is not replaced when it can not be read", async () => {
    const context = withCredentials(Buffer.from("junk"));
    expect(await failureOf(issue(context))).toMatch(
      /^unconfigured: the CA of local-submit in \S+\/creds can not be taken over: .*; repair it, or move it away/,
    );
    expect(existsSync(stateFile(context, "ca-1.pem"))).toBe(false);
  });

  it("is waited for while local-submit writes it", async () => {
    const context = withCredentials(Buffer.alloc(0));
    expect(await failureOf(issue(context))).toMatch(
      /^unreachable: \S+\/creds is empty: local-submit is writing it/,
    );
  });
});

describe("a CA that is damaged is never replaced:", () => {
  const damages: { name: string; damage: (path: string) => unknown; message: RegExp }[] = [
    {
      name: "an empty file",
      damage: (path) => truncateSync(path),
      message: /is damaged \(no private key with a certificate\): restore it/,
    },
    {
      name: "a file cut short",
      damage: (path) => truncateSync(path, 500),
      message: /is damaged \(no private key with a certificate\)/,
    },
    {
      name: "a file of garbage",
      damage: (path) => writeFileSync(path, Buffer.alloc(2_000, 0xa5)),
      message: /is damaged/,
    },
    {
      name: "a key that is no key",
      damage: (path) =>
        writeFileSync(path, readFileSync(path, "utf8").replace(/^MI.{20}/m, "MIIAAAAAAAAAAAAAAAAAAA")),
      message: /is damaged \(no unencrypted private key/,
    },
    {
      name: "a certificate that is none",
      damage: (path) =>
        writeFileSync(path, readFileSync(path, "utf8").replace(/(BEGIN CERTIFICATE-----\n)..../, "$1AAAA")),
      message: /is damaged \(/,
    },
    {
      name: "a key of another certificate",
      damage: (path) => {
        const key = openssl(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
        const [, certificate] = splitPem(readFileSync(path, "utf8"));
        writeFileSync(path, key + certificate?.text);
      },
      message: /is damaged \(its key is not the one of its certificate\)/,
    },
    {
      name: "a key that others can read",
      damage: (path) => chmodSync(path, 0o640),
      message: /the CA's key in \S+ is open to others: chmod 600/,
    },
  ];
  it.each(damages)("$name", async ({ damage, message }) => {
    const context = makeContext();
    await issue(context);
    const path = stateFile(context, "ca-1.pem");
    damage(path);
    const before = readFileSync(path);
    for (const work of [issue, fetchRoots]) {
      const failure = await failureOf(work(context));
      expect(failure).toMatch(/^unconfigured: /);
      expect(failure).toMatch(message);
    }
    expect(readFileSync(path)).toEqual(before);
    expect(existsSync(stateFile(context, "ca-2.pem"))).toBe(false);
  });
});

it("a CA whose file is a pipe does not keep a run for ever", async () => {
  const context = makeContext();
  await issue(context);
  const path = stateFile(context, "ca-1.pem");
  rmSync(path);
  execFileSync("mkfifo", ["-m", "600", path]);
  expect(await failureOf(issue(context))).toContain("is damaged (it is not a file)");
});

describe("settings of a new CA that no root could have", () => {
  it.each([
    { caName: "\u{1f512} Lab", why: "--ca-name must have 1 to 64 characters, none of them beyond U+FFFF" },
    { caValidity: 4_000_000 * 86_400, why: "--ca-validity must be 365000d at most" },
  ])("are refused before there is one: $why", async ({ why, ...settings }) => {
    const context = makeContext(settings);
    expect(await failureOf(issue(context))).toContain(`unconfigured: ${why}`);
    expect(existsSync(stateFile(context, "ca-1.pem"))).toBe(false);
  });
});

describe("a CA that is gone", () => {
  it("is not replaced when certificates were issued by it", async () => {
    const context = makeContext();
    await issue(context);
    rmSync(stateFile(context, "ca-1.pem"));
    expect(await failureOf(issue(context))).toMatch(
      /^unconfigured: the CA that issued what \S+\/issued.jsonl lists is gone from \S+: restore ca-\*.pem/,
    );
  });
});

describe("a clock that is wrong", () => {
  it("is waited for when it is before every CA", async () => {
    const context = makeContext();
    await issue(context);
    const early = { ...context, now: () => new Date("2001-01-01") };
    const message =
      /^unreachable: the clock here says 2001-01-01T00:00:00.000Z, before the CA's first moment .*: set the clock$/;
    expect(await failureOf(issue(early))).toMatch(message);
    expect(await failureOf(fetchRoots(early))).toMatch(message);
  });

  it("does no lasting harm when it was far ahead for a while", async () => {
    const context = makeContext();
    const { roots } = await fetchRoots(context);
    await issue({ ...context, now: () => new Date("2090-01-01") });
    const { certificate } = await issue(context);
    verifiedText(
      certificate,
      roots.map((root) => root.certificate),
    );
    expect(await fetchRoots(context)).toEqual({ roots });
  });
});
