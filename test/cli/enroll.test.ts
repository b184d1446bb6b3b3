import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EnrollDocument } from "../../src/cli/enroll/json.ts";
import { helpers, runCli, startCli } from "./run-cli.ts";

let directory: string;
let state: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "enroll-"));
  state = join(directory, "state");
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

const fast = ["--poll-interval", "0", "--max-wait", "0", "-G", "ec"];

/** Runs `enroll --json` on one of the fixtures. */
async function enroll(options: readonly string[], helper: string, ...helperArguments: string[]) {
  const run = await runCli([
    "enroll",
    "--json",
    ...fast,
    ...options,
    "--",
    join(helpers, `${helper}.sh`),
    ...helperArguments,
  ]);
  if (run.stdout === "") {
    throw new Error(run.stderr);
  }
  const document: EnrollDocument = JSON.parse(run.stdout);
  return { ...run, document };
}

function openssl(...args: string[]): string {
  return execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

describe("enroll", () => {
  it("gets a certificate with all names asked for, and openssl agrees with it", async () => {
    const path = (name: string) => join(directory, name);
    const names = ["-D", "www.example.test", "-D", "*.example.test", "-A", "192.0.2.1", "-A", "2001:db8::1"];
    const more = [
      "-E",
      "post@example.test",
      "-K",
      "host/www.example.test@EXAMPLE.TEST",
      "-N",
      "CN=Web,O=Lab",
    ];
    const files = ["-k", path("web.key"), "-f", path("web.crt"), "-F", path("ca.crt")];
    const { exitCode, document } = await enroll([...names, ...more, ...files], "sign-with-openssl", state);
    expect(exitCode).toBe(0);
    expect(document).toMatchObject({
      issued: true,
      fetchRoots: { nicknames: ["Lab Root"], exitStatus: 0 },
      attempts: [{ operation: "SUBMIT", exitStatus: 0, exitStatusName: "issued", next: { step: "end" } }],
      certificate: {
        subject: "CN=Web,O=Lab",
        names: [
          "DNS www.example.test",
          "DNS *.example.test",
          "e-mail post@example.test",
          "UPN host/www.example.test@EXAMPLE.TEST",
          "principal host/www.example.test@EXAMPLE.TEST",
          "IP 192.0.2.1",
          "IP 2001:db8::1",
        ],
        issuer: "CN=Lab CA,O=Lab",
        key: "EC prime256v1",
        checks: [
          { name: "key", verdict: "good" },
          { name: "time", verdict: "good" },
          { name: "chain", verdict: "good" },
          { name: "names", verdict: "good" },
        ],
      },
      files: [path("web.key"), path("web.crt"), path("ca.crt")],
    });
    expect(openssl("verify", "-CAfile", path("ca.crt"), path("web.crt"))).toContain("OK");
    const publicKey = openssl("x509", "-in", path("web.crt"), "-noout", "-pubkey");
    expect(openssl("pkey", "-in", path("web.key"), "-pubout")).toBe(publicKey);
    for (const file of document.files) {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }
    expect((await readdir(directory)).sort()).toEqual(["ca.crt", "state", "web.crt", "web.key"]);
  });

  it.each([
    { options: [], key: "RSA 2048", type: "RSA" },
    { options: ["-g", "3072"], key: "RSA 3072", type: "RSA" },
    { options: ["-G", "EC", "-g", "384"], key: "EC secp384r1", type: "EC" },
    { options: ["-G", "ed25519"], key: "ED25519", type: undefined },
  ])(
    "makes the key that $options asks for, and tells the helper its type",
    async ({ options, key, type }) => {
      const helper = join(helpers, "sign-with-openssl.sh");
      const { stdout } = await runCli(["enroll", "--json", ...options, "--", helper, state]);
      const document: EnrollDocument = JSON.parse(stdout);
      expect(document).toMatchObject({ issued: true, certificate: { key } });
      expect(document.attempts[0]?.environment.CERTMONGER_KEY_TYPE).toBe(type);
    },
  );

  it("leaves nothing in the temporary directory, and removes what an enroll that was killed has left", async () => {
    const { pid } = spawnSync("/bin/true");
    await mkdir(join(directory, `certmonger-helper-${pid}-abcdef`));
    const argv = ["enroll", ...fast, "--", join(helpers, "sign-with-openssl.sh"), state];
    const { exitCode, stderr } = await runCli(argv, { env: { ...process.env, TMPDIR: directory } });
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(await readdir(directory)).toEqual(["state"]);
  });

  it("hands over the request in certmonger's environment and nothing else", async () => {
    const options = ["-N", "CN=a", "-D", "a.test", "-D", "b.test", "-T", "web", "-X", "sub", "-c", "Lab"];
    const daemon = ["--env", "LANG=de_DE.UTF-8", "--env", "CERTMONGER_TMPDIR=/tmp"];
    const { document } = await enroll([...options, ...daemon], "refuse", "2", "no");
    const { CERTMONGER_CSR, CERTMONGER_SPKI, CERTMONGER_SPKAC, ...rest } =
      document.attempts[0]?.environment ?? {};
    expect(CERTMONGER_CSR).toMatch(/^-----BEGIN CERTIFICATE REQUEST-----\n[\s\S]+-----\n$/);
    expect(CERTMONGER_SPKI).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(openssl("spkac", "-verify", "-noout", "-in", await spkacFile(CERTMONGER_SPKAC))).toBe("");
    expect(rest).toEqual({
      HOME: "/run/certmonger",
      PATH: "/usr/bin:/bin:/usr/sbin:/sbin",
      SHELL: "/bin/sh",
      TERM: "dumb",
      LC_CTYPE: "C.UTF-8",
      LANG: "de_DE.UTF-8",
      TMPDIR: "/tmp",
      CERTMONGER_LOCAL_CA_DIR: "/var/lib/certmonger/local",
      CERTMONGER_OPERATION: "SUBMIT",
      CERTMONGER_REQ_SUBJECT: "CN=a",
      CERTMONGER_REQ_HOSTNAME: "a.test\nb.test",
      CERTMONGER_KEY_TYPE: "EC",
      CERTMONGER_CA_NICKNAME: "Lab",
      CERTMONGER_CA_PROFILE: "web",
      CERTMONGER_CA_ISSUER: "sub",
    });
  });

  async function spkacFile(spkac = ""): Promise<string> {
    const path = join(directory, "spkac");
    await writeFile(path, `SPKAC=${spkac}\n`);
    return path;
  }

  it.each([
    { name: "with the helper's seconds", args: ["5", "2", "1"], delay: 1 },
    { name: "after its own time when the helper names none", args: ["1", "2"], delay: undefined },
  ])("polls with the cookie, $name", async ({ args, delay }) => {
    const { exitCode, document } = await enroll([], "wait-then-sign", state, ...args);
    expect(exitCode).toBe(0);
    expect(
      document.attempts.map(({ operation, environment }) => [operation, environment.CERTMONGER_CA_COOKIE]),
    ).toEqual([
      ["SUBMIT", undefined],
      ["POLL", "order-0"],
      ["POLL", "order-1"],
      ["POLL", "order-2"],
    ]);
    const result = { status: "wait", cookie: "order-0", ...(delay !== undefined && { delaySeconds: delay }) };
    expect(document.attempts[0]).toMatchObject({
      result,
      next: { step: "wait", waitMs: 0 },
      certmonger: { state: "CA_WORKING" },
    });
  });

  it("gives up on a helper that waits for ever", async () => {
    const { exitCode, document } = await enroll(["--max-runs", "3"], "wait-then-sign", state, "1", "99");
    expect(exitCode).toBe(1);
    expect(document.attempts).toHaveLength(3);
    expect(document.attempts[2]?.next).toEqual({
      step: "give-up",
      because: "no end after 3 runs (--max-runs)",
    });
  });

  it("makes a new key and CSR when the helper wants another key, and writes that key", async () => {
    const key = join(directory, "web.key");
    const { exitCode, document } = await enroll(["-k", key], "want-another-key", state, "2");
    expect(exitCode).toBe(0);
    const keys = document.attempts.map(({ environment }) => environment.CERTMONGER_SPKI);
    expect(new Set(keys).size).toBe(3);
    expect(document.attempts.map(({ operation }) => operation)).toEqual(["SUBMIT", "SUBMIT", "SUBMIT"]);
    const publicKey = openssl(
      "pkey",
      "-in",
      key,
      "-pubout",
      "-outform",
      "DER",
      "-out",
      join(directory, "der"),
    );
    expect(publicKey).toBe("");
    expect((await readFile(join(directory, "der"))).toString("base64")).toBe(keys[2]);
  });

  it("does not make keys for ever", async () => {
    const { exitCode, document } = await enroll([], "want-another-key", state, "99");
    expect(exitCode).toBe(1);
    expect(document.attempts.at(-1)?.next).toEqual({
      step: "give-up",
      because: "the CA wanted another key 3 times",
    });
  });

  it("renews with the key that is there, hands over the old certificate, leaves the key file as it is", async () => {
    const key = join(directory, "web.key");
    const certificate = join(directory, "web.crt");
    const files = ["-k", key, "-f", certificate];
    const first = await enroll(files, "sign-with-openssl", state);
    openssl("ec", "-in", key, "-out", key); // the older form of the file, as other tools write it
    const oldKey = await readFile(key, "utf8");
    const oldCertificate = await readFile(certificate, "utf8");
    const second = await enroll([...files, "--renew", certificate], "sign-with-openssl", state);
    expect(second.document).toMatchObject({ issued: true, files: [certificate] });
    expect(second.document.attempts[0]?.environment.CERTMONGER_CERTIFICATE).toBe(oldCertificate);
    expect(await readFile(key, "utf8")).toBe(oldKey);
    expect(second.document.certificate?.serial).not.toBe(first.document.certificate?.serial);
    expect(openssl("x509", "-in", certificate, "-noout", "-pubkey")).toBe(
      openssl("ec", "-in", key, "-pubout"),
    );
  });

  it("sends a CSR of the caller's, with the names that are in it", async () => {
    const csr = join(directory, "web.csr");
    const subject = [
      "-subj",
      "/O=Lab/CN=web",
      "-addext",
      "subjectAltName=DNS:a.test,IP:192.0.2.7,email:a@b.test",
    ];
    openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-out", csr, ...subject);
    const { exitCode, document } = await enroll(["--csr", csr], "sign-with-openssl", state);
    expect(exitCode).toBe(0);
    expect(document.attempts[0]?.environment).toMatchObject({
      CERTMONGER_CSR: await readFile(csr, "utf8"),
      CERTMONGER_REQ_SUBJECT: "CN=web,O=Lab",
      CERTMONGER_REQ_HOSTNAME: "a.test",
      CERTMONGER_REQ_IP_ADDRESS: "192.0.2.7",
      CERTMONGER_REQ_EMAIL: "a@b.test",
    });
    const another = await enroll(["--csr", csr], "want-another-key", state, "1");
    expect(another.document.attempts.at(-1)?.next).toMatchObject({
      because: "the CA wants another key, and the CSR was given with --csr",
    });
  });

  it("takes the helper's command as one string, split as certmonger does", async () => {
    const command = `'${join(helpers, "refuse.sh")}' 2 "not today"`;
    const { stdout } = await runCli(["enroll", "--json", ...fast, "-e", command]);
    const document: EnrollDocument = JSON.parse(stdout);
    expect(document.attempts[0]).toMatchObject({
      command: [join(helpers, "refuse.sh"), "2", "not today"],
      result: { status: "rejected", message: "not today" },
    });
  });

  it("finds a helper by a path relative to where the user is", async () => {
    const { stdout } = await runCli(["enroll", "--json", ...fast, "--", "./refuse.sh", "2", "no"], {
      cwd: helpers,
    });
    expect(JSON.parse(stdout).attempts[0]).toMatchObject({
      command: [join(helpers, "refuse.sh"), "2", "no"],
      exitStatus: 2,
    });
  });
});

describe("enroll of what certmonger would have taken unseen", () => {
  const wrong = [
    {
      helper: "sign-another-key",
      check: { name: "key", verdict: "bad", text: "has another key than the CSR" },
    },
    {
      helper: "send-wrong-chain",
      check: { name: "chain", verdict: "bad", text: expect.stringContaining("did not sign CN=") },
    },
    {
      helper: "sign-with-openssl",
      more: ["-days", "-1"],
      check: { name: "time", verdict: "bad", text: expect.stringMatching(/^ended on \d{4}-/) },
    },
  ];
  it.each(wrong)("$helper: $check.name is bad, nothing is written", async ({ helper, more = [], check }) => {
    const files = ["-k", join(directory, "web.key"), "-f", join(directory, "web.crt")];
    const { exitCode, document } = await enroll([...files, "-D", "www.example.test"], helper, state, ...more);
    expect(exitCode).toBe(1);
    expect(document).toMatchObject({ issued: false, files: [] });
    expect(document.certificate?.checks).toContainEqual(check);
    expect(await readdir(directory)).toEqual(["state"]);
  });

  it("a leaf without its issuer can not be verified; that is no fault", async () => {
    const { exitCode, document } = await enroll([], "send-leaf-alone", state);
    expect(exitCode).toBe(0);
    const chain = {
      name: "chain",
      verdict: "unknown",
      text: "came without the certificate of its issuer, CN=Lab CA,O=Lab",
    };
    expect(document.certificate?.checks).toContainEqual(chain);
  });

  it("half a certificate: says that certmonger hangs", async () => {
    const { exitCode, document } = await enroll([], "send-half-a-certificate", state);
    expect(exitCode).toBe(1);
    expect(document).not.toHaveProperty("certificate");
    expect(document.attempts[0]).toMatchObject({
      problem: expect.any(String),
      certmonger: { state: "SUBMITTING" },
    });
  });

  it("a child that holds stdout: says so", async () => {
    const { stdout } = await runCli(["enroll", ...fast, "--", join(helpers, "leave-a-child.sh"), state]);
    expect(stdout).toMatch(/fault +stdout stayed open for .* after the exit, held by process \d+ \(sleep\)/);
  });
});

describe("enroll of a helper that says no", () => {
  const refusals = [
    { status: "2", options: [], state: "CA_REJECTED" },
    { status: "3", options: [], state: "CA_UNREACHABLE" },
    { status: "4", options: [], state: "CA_UNCONFIGURED" },
    { status: "6", options: [], state: "NEED_GUIDANCE" },
    { status: "16", options: [], state: "NEED_SCEP_DATA" },
    { status: "42", options: [], state: "NEED_GUIDANCE" },
    { status: "2", options: ["--renew"], state: "MONITORING" },
    { status: "4", options: ["--renew"], state: "MONITORING" },
  ];
  it.each(refusals)(
    "exit status $status, options $options: $state, exit code 1",
    async ({ status, options, state }) => {
      const old = join(directory, "old.crt");
      if (options.length > 0) {
        openssl(
          "req",
          "-x509",
          "-newkey",
          "rsa:2048",
          "-nodes",
          "-keyout",
          "/dev/null",
          "-out",
          old,
          "-subj",
          "/CN=a",
        );
        options = [...options, old];
      }
      const { exitCode, document } = await enroll(options, "refuse", status, "not today");
      expect(exitCode).toBe(1);
      expect(document).toMatchObject({
        issued: false,
        attempts: [{ exitStatus: Number(status), stderr: "the details of it\n", certmonger: { state } }],
      });
    },
  );

  it("is missing: says so, and what certmonger would do", async () => {
    const { exitCode, stdout } = await runCli(["enroll", ...fast, "--", "no-such-helper"]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/problem +no such file: no-such-helper in \/usr\/bin:\/bin:\/usr\/sbin:\/sbin/);
    expect(stdout).toMatch(/certmonger +tries to start it every 30 s.*\(NEED_TO_SUBMIT\)/);
  });

  it("hangs: is ended with its child at the deadline", async () => {
    const pidFile = join(directory, "pid");
    const { exitCode, document } = await enroll(["--timeout", "1"], "hang", pidFile);
    expect(exitCode).toBe(1);
    expect(document.attempts[0]).toMatchObject({
      stoppedBy: "deadline",
      problem: "no answer within 1 s",
      certmonger: { state: "SUBMITTING" },
    });
    await expect.poll(() => isRunning(pidOf(pidFile))).toBe(false);
  });

  it("hangs: is ended with its child when the user interrupts, exit code 130", async () => {
    const pidFile = join(directory, "pid");
    const child = startCli(["enroll", ...fast, "--", join(helpers, "hang.sh"), pidFile]);
    await expect.poll(() => readFile(pidFile, "utf8").catch(() => ""), { timeout: 10_000 }).toMatch(/\d\n/);
    child.kill("SIGINT");
    const [stdout, [exitCode]] = await Promise.all([text(child.stdout), once(child, "exit")]);
    expect(exitCode).toBe(130);
    expect(stdout).toMatch(/problem +aborted/);
    await expect.poll(() => isRunning(pidOf(pidFile))).toBe(false);
  });
});

function pidOf(path: string): number {
  return Number(readFileSync(path, "utf8"));
}

/** Neither gone nor dead and only not yet waited for. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout !== "" && !stdout.startsWith("Z");
}

describe("enroll for a person", () => {
  it("shows what was run, what came back, what certmonger would do, and the certificate", async () => {
    const names = ["-D", "www.example.test", "-F", join(directory, "ca.crt")];
    const helper = join(helpers, "wait-then-sign.sh");
    const { exitCode, stdout } = await runCli([
      "enroll",
      ...fast,
      ...names,
      "--",
      helper,
      state,
      "5",
      "0",
      "300",
    ]);
    expect(exitCode).toBe(0);
    const shape = stdout
      .replaceAll(directory, "DIR")
      .replaceAll(helpers, "HELPERS")
      .replace(/\d+(\.\d+)? m?s$/gm, "TIME")
      .replace(/^( +serial +).*/m, "$1SERIAL")
      .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "DATE")
      .replace(/\d+ more lines?, \d+ bytes/g, "N more lines, N bytes");
    expect(shape).toBe(`FETCH-ROOTS
   command     HELPERS/wait-then-sign.sh DIR/state 5 0 300
   result      exit status 0 (answered), after TIME
   stdout      Lab Root (N more lines, N bytes in all)
   roots       Lab Root

1. SUBMIT
   command     HELPERS/wait-then-sign.sh DIR/state 5 0 300
   result      exit status 5 (wait with delay), after TIME
   stdout      300 (N more lines, N bytes in all)
   certmonger  runs the helper with POLL in 300 s (CA_WORKING)
   here        waits TIME

2. POLL
   command     HELPERS/wait-then-sign.sh DIR/state 5 0 300
   result      exit status 0 (issued), after TIME
   stdout      -----BEGIN CERTIFICATE----- (N more lines, N bytes in all)
   certmonger  takes the certificate unseen and saves it (NEED_TO_SAVE_CERT)

Certificate
   subject     CN=www.example.test
   names       DNS www.example.test
   issuer      CN=Lab CA,O=Lab
   serial      SERIAL
   valid       DATE UTC to DATE UTC (90 days)
   key         EC prime256v1
   chain       CN=Lab CA,O=Lab
   ✓ has the CSR's key
   ✓ is valid now
   ✓ leads to a root of FETCH-ROOTS, each signature verified
   ✓ has the names that were asked for

A certificate came out, and it is sound. Written: DIR/ca.crt.
`);
  });

  it("shows the environment with -v", async () => {
    const { stdout } = await runCli(["enroll", ...fast, "-v", "--", join(helpers, "refuse.sh"), "2", "no"]);
    expect(stdout).toMatch(/^ +CERTMONGER_OPERATION=SUBMIT$/m);
    expect(stdout).toMatch(/^ +CERTMONGER_CSR=-----BEGIN CERTIFICATE REQUEST-----\.\.\.$/m);
  });

  it("shows the whole message of a failure, for its end says what to do", async () => {
    const message = `the token is missing; ${"give it in one of many ways, ".repeat(8)}or mend it so`;
    const { stdout } = await runCli(["enroll", ...fast, "-e", `/bin/sh -c 'echo "${message}"; exit 4'`]);
    expect(stdout).toContain(`stdout      ${message}\n`);
  });

  it("shows what a helper logs without the journal's level", async () => {
    const { stdout } = await runCli([
      "enroll",
      ...fast,
      "-e",
      "/bin/sh -c 'echo \"<4>careful\" >&2; exit 2'",
    ]);
    expect(stdout).toContain("stderr      careful\n");
  });

  it("keeps a helper's escape codes off the terminal", async () => {
    const { stdout } = await runCli(["enroll", ...fast, "--", join(helpers, "print-escape-codes.sh")]);
    expect(stdout).not.toContain("\u001b");
    expect(stdout).toContain("\\x1b[31mred\\x1b]0;title\\x07");
    expect(stdout).toContain("\\x1b[2Jcleared");
  });
});

describe("wrong usage of enroll", () => {
  const helper = ["--", "true"];
  const cases = [
    {
      name: "no helper",
      argv: [],
      line: "name the helper: certmonger-helper enroll [options] -- HELPER [ARGUMENT...]",
    },
    {
      name: "a helper without --",
      argv: ["./my-helper"],
      line: '"./my-helper" is not an option: write -- before the helper\'s command',
    },
    {
      name: "two helpers",
      argv: ["-e", "true", ...helper],
      line: "name the helper once: either with -e or after --",
    },
    {
      name: "a helper and its flags in one word",
      argv: ["--", "./helper -x"],
      line: `there is no file "./helper -x": write the helper's words apart, -- HELPER ARGUMENT..., or give them as one string with -e`,
    },
    {
      name: "an empty value",
      argv: ["--csr=", ...helper],
      line: "--csr has an empty value",
    },
    { name: "a helper string that certmonger refuses", argv: ["-e", "x 'y"], line: /^--helper: / },
    {
      name: "an unknown key type",
      argv: ["-G", "dsa", ...helper],
      line: /^there is no key type "dsa": one of rsa, /,
    },
    {
      name: "a size of another type",
      argv: ["-G", "ec", "-g", "2048", ...helper],
      line: /^there is no key type "ec 2048"/,
    },
    { name: "a bad address", argv: ["-A", "192.0.2.300", ...helper], line: /192\.0\.2\.300/ },
    { name: "a bad subject", argv: ["-N", "nonsense", ...helper], line: /nonsense/ },
    {
      name: "a CSR and a key",
      argv: ["--csr", "a", "-k", "b", ...helper],
      line: /^--csr and --key exclude each other/,
    },
    {
      name: "a missing CSR",
      argv: ["--csr", "/nowhere/csr", ...helper],
      line: "cannot read /nowhere/csr: no such file or directory",
    },
    {
      name: "something else for a CSR",
      argv: ["--csr", import.meta.filename, ...helper],
      line: /enroll\.test\.ts: /,
    },
    {
      name: "something else for a key",
      argv: ["-k", import.meta.filename, ...helper],
      line: /enroll\.test\.ts: no unencrypted private key/,
    },
    {
      name: "a file that could not be written",
      argv: ["-f", "/nowhere/crt", ...helper],
      line: "cannot write /nowhere/crt: no such file or directory",
    },
    {
      name: "a directory in the place of a file",
      argv: ["-f", "/tmp", ...helper],
      line: "cannot write /tmp: it is a directory",
    },
    {
      name: "a variable that helpers never see",
      argv: ["--env", "TZ=UTC", ...helper],
      line: "--env TZ: certmonger does not hand this variable down to helpers",
    },
    {
      name: "a variable without a value",
      argv: ["--env", "LANG", ...helper],
      line: "--env LANG is not NAME=VALUE",
    },
  ];
  it.each(cases)("$name: one line, exit code 2", async ({ argv, line }) => {
    const { exitCode, stdout, stderr } = await runCli(["enroll", ...argv]);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^certmonger-helper enroll: [^\n]+\n$/);
    const problem = stderr.slice("certmonger-helper enroll: ".length, -1);
    if (typeof line === "string") expect(problem).toBe(line);
    else expect(problem).toMatch(line);
  });
});
