import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { executable } from "./support/executable.ts";
import { KerberosLab, needKerberosLab } from "./support/kerberos-lab.ts";
import { run } from "./support/run.ts";

const realm = needKerberosLab();
const password = "Correct Horse+7/Battery";
let lab: KerberosLab;

/** Runs a helper, looks at it from outside while it waits, and shows everything that is to be seen of it afterwards. */
const watched = `
  state=$1; shift
  "$@" >"$state.out" 2>"$state.err" 3<&- &
  pid=$!
  sleep 0.7
  { tr '\\0' '\\n' </proc/$pid/cmdline; tr '\\0' '\\n' </proc/$pid/environ; ps ewwwp $pid; } >"$state.ps"
  wait $pid
`;
/** A program that the system kills because of a fault of its own, and what is left of it. */
const crash = `
  cd "$1"; shift
  ulimit -c unlimited
  "$@" >/dev/null 2>&1 &
  pid=$!
  sleep 0.7
  kill -s "$SIGNAL" $pid
  wait $pid
`;

describe.skipIf(realm.leaveOut)(`the secrets of ipa-submit${realm.note}`, () => {
  let csr = "";

  beforeAll(async () => {
    lab = await KerberosLab.start();
    csr = await run("openssl", [
      ...["req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", lab.path("client.key")],
      ...["-subj", "/CN=client.example.test"],
    ]);
    await writeFile(lab.path("password"), `${password}\n`, { mode: 0o600 });
    await lab.run("kinit", ["-f", "-k", "-c", lab.path("ccache")]);
  });
  afterAll(() => lab?.stop());

  const commandLine = (state: string, args: readonly string[]) => [
    ...["env", "-i", "PATH=/usr/bin:/bin", "CERTMONGER_OPERATION=SUBMIT", `CERTMONGER_CSR=${csr}`],
    ...["CERTMONGER_REQ_PRINCIPAL=host/client.example.test", `KRB5CCNAME=FILE:${lab.path("ccache")}`],
    ...[executable("ipa-submit"), "-vv", "--state-directory", state, ...args],
  ];

  const slow = ["-J", "https://ipa.example.test/ipa/x/slow1/json"];
  const runs = [
    { name: "keytab", args: () => slow },
    { name: "ccache", args: () => ["-K", ...slow] },
    { name: "failure", args: () => ["-J", "https://ipa.example.test/ipa/x/500/json"] },
    { name: "password", args: () => ["-u", "admin", "-w", lab.path("password")] },
    { name: "check", args: () => ["--check", ...slow] },
  ];

  it("appear in no output, log, process list or file", async () => {
    await Promise.all(
      runs.map(({ name, args }) => {
        const state = lab.path(`watched-${name}`);
        return lab.attempt("bash", ["-c", watched, "bash", state, ...commandLine(state, args())]);
      }),
    );
    const seen = new Map<string, Buffer>();
    for (const file of await readdir(lab.directory, { recursive: true, withFileTypes: true })) {
      const path = join(file.parentPath, file.name);
      const isOurs = /\/watched-/.test(path) || /\/log\/(requests\.jsonl|access\.log)$/.test(path);
      if (isOurs && file.isFile()) seen.set(path, await readFile(path));
    }
    const all = Buffer.concat([...seen.values()]).toString("latin1");
    // What is looked at is what is meant to be looked at.
    expect(all.includes("BEGIN CERTIFICATE")).toBe(true);
    expect(all.includes("--state-directory")).toBe(true);
    expect(all.includes("the password is wrong")).toBe(true);
    expect(all.match(/CERTMONGER_REQ_PRINCIPAL=host/g)?.length).toBeGreaterThanOrEqual(runs.length);

    const secrets = [...(await keysOf("host.keytab")), ...(await ticketParts()), ...formsOf(password)];
    expect(secrets.length).toBeGreaterThan(20);
    // Each would be found, however it is written.
    for (const secret of secrets) {
      for (const encoding of ["latin1", "hex", "base64", "base64url"] as const) {
        const planted = Buffer.from(`and ${secret.toString(encoding)};`, "latin1");
        expect(readings(planted).some((bytes) => bytes.includes(secret))).toBe(true);
      }
    }
    for (const [path, content] of seen) {
      for (const bytes of readings(content)) {
        const found = secrets.filter((secret) => bytes.includes(secret));
        expect(
          found.map((secret) => secret.toString("hex")),
          path,
        ).toEqual([]);
        expect(bytes.includes(spnegoOid), `a token in ${path}`).toBe(false);
      }
      expect(content.toString("latin1"), path).not.toMatch(
        /ipa_session=|MagBearerToken|Negotiate [A-Za-z0-9+/]/,
      );
    }
  });

  it.each(["SEGV", "ABRT"])("are in no core dump, whatever ulimit says: SIG%s", async (signal) => {
    const dumped = async (directory: string, command: readonly string[]) => {
      await run("mkdir", ["-p", lab.path(directory)]);
      const args = ["-c", crash, "bash", lab.path(directory), ...command];
      const { stderr } = await lab.attempt("bash", args, { environment: { SIGNAL: signal } });
      return { isDumped: stderr.includes("core dumped"), files: await readdir(lab.path(directory)) };
    };
    // Another program is dumped here; else nothing would be shown.
    expect((await dumped(`crash-other-${signal}`, ["sleep", "20"])).isDumped).toBe(true);
    for (const args of [slow, ["-u", "admin", "-w", lab.path("password")]]) {
      const directory = `crash-${signal}-${args.length}`;
      const after = await dumped(directory, commandLine(lab.path(`state-${directory}`), args));
      expect(after).toEqual({ isDumped: false, files: [] });
    }
  });
});

/** The object identifier of SPNEGO, at the beginning of each token (RFC 4178 section 4). */
const spnegoOid = Buffer.from("06062b0601050502", "hex");

/** The keys of a keytab, as klist shows them. */
async function keysOf(keytab: string): Promise<Buffer[]> {
  const listed = await lab.run("klist", ["-k", "-K", lab.path(keytab)]);
  const keys = [...listed.matchAll(/\(0x([0-9a-f]+)\)/g)].map(([, hex = ""]) => Buffer.from(hex, "hex"));
  expect(keys.length).toBeGreaterThan(0);
  return keys;
}

/** Pieces of a ccache that are no text: session keys and tickets. */
async function ticketParts(): Promise<Buffer[]> {
  const ccache = await readFile(lab.path("ccache"));
  const pieces = Array.from({ length: Math.floor(ccache.length / 8) }, (_, at) =>
    ccache.subarray(at * 8, at * 8 + 16),
  );
  return pieces.filter((piece) => piece.length === 16 && new Set(piece).size > 12 && !isText(piece));
}

const isText = (bytes: Buffer) => bytes.filter((octet) => octet >= 0x20 && octet < 0x7f).length > 10;

/** A password as it is, and as a form carries it. */
function formsOf(text: string): Buffer[] {
  return [text, encodeURIComponent(text), new URLSearchParams({ text }).toString().slice(5)].map((form) =>
    Buffer.from(form),
  );
}

/** The bytes, and what they are when their runs of hex or base64 digits are decoded, from whichever digit on. */
function readings(content: Buffer): Buffer[] {
  const text = content.toString("latin1");
  const hex = [...text.matchAll(/[0-9a-fA-F]{32,}/g)].flatMap(([digits]) =>
    [0, 1].map((skip) => Buffer.from(digits.slice(skip), "hex")),
  );
  const base64 = [...text.matchAll(/[A-Za-z0-9+/_-]{22,}/g)].flatMap(([digits]) =>
    [0, 1, 2, 3].map((skip) => Buffer.from(digits.slice(skip), "base64")),
  );
  return [content, ...hex, ...base64];
}
