import { X509Certificate } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { decodeRoots } from "../../protocol/index.ts";
import { type Background, startInBackground } from "./support/background.ts";
import { eventually } from "./support/eventually.ts";
import { executable } from "./support/executable.ts";
import { KerberosLab, needKerberosLab } from "./support/kerberos-lab.ts";
import { need } from "./support/peers.ts";
import { type Finished, run } from "./support/run.ts";

const realm = needKerberosLab();
const clocks = need("faketime");

describe.skipIf(realm.leaveOut)(`ipa-submit when things go wrong${realm.note}`, () => {
  let lab: KerberosLab;
  let csr = "";
  let states = 0;
  let blackHole: Background | undefined;

  beforeAll(async () => {
    lab = await KerberosLab.start();
    csr = await run("openssl", [
      ...["req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", lab.path("client.key")],
      ...["-subj", "/CN=client.example.test"],
    ]);
  });
  afterEach(async () => {
    await blackHole?.stop();
    blackHole = undefined;
  });
  afterAll(() => lab?.stop());

  const newState = () => lab.path(`robust-${++states}`);
  const helper = (state: string, args: readonly string[], operation = "SUBMIT"): Promise<Finished> =>
    lab.attempt("env", [
      ...["-i", "PATH=/usr/bin:/bin", `CERTMONGER_OPERATION=${operation}`, `CERTMONGER_CSR=${csr}`],
      ...["CERTMONGER_REQ_PRINCIPAL=host/client.example.test", executable("ipa-submit")],
      ...["--state-directory", state, ...args],
    ]);

  it("sends a Host without a port, and a Referer with the server's own name", async () => {
    const { exitStatus, stdout } = await helper(newState(), []);
    expect(exitStatus, stdout).toBe(0);
    const url = "https://ipa.example.test/ipa/json";
    expect(lab.requests().at(-1)?.headers).toMatchObject({
      ...{ host: "ipa.example.test", referer: url, accept: "application/json" },
      "content-type": "application/json",
    });
  });

  it("breaks no rule of the protocol", async () => {
    const { stdout, stderr } = await lab.attempt(
      executable("certmonger-helper"),
      [
        ...["conformance", "--json", "--expect", "issued", "--", executable("ipa-submit")],
        ...["-P", "host/client.example.test", "--state-directory", newState()],
      ],
      { timeoutMs: 240_000 },
    );
    const { summary } = JSON.parse(stdout || `{"summary":${JSON.stringify(stderr)}}`);
    expect(summary).toMatchObject({ failedMust: 0 });
    expect(summary.passed).toBeGreaterThan(70);
  });

  it("answers every fault of a network with 3", async () => {
    const faults = () =>
      lab.attempt(
        executable("certmonger-helper"),
        [
          ...["conformance", "--json", "--only", "faults", "--timeout", "60s"],
          ...["--server-option=--jsonrpc-url", "--server-template", "https://{host}:{port}/ipa/json"],
          ...["--server-ca-option=--cafile", "--", executable("ipa-submit")],
          ...["-P", "host/client.example.test", "--timeout", "20", "--state-directory", newState()],
        ],
        { timeoutMs: 240_000 },
      );
    // Else the directory would name a server that is well.
    const { stdout } = await lab.without("stop", "slapd", faults);
    expect(JSON.parse(stdout).summary).toMatchObject({ failedMust: 0, failedShould: 0, passed: 10 });
  });

  it("leaves a server that never answers for one that the directory names, and asks it last from then on", async () => {
    const state = newState();
    const script = `require("net").createServer(() => {}).listen(4999, "127.0.0.2")`;
    blackHole = startInBackground(
      join(import.meta.dirname, "../../scripts/lab/kerberos/run.sh"),
      [lab.directory, process.execPath, "-e", script],
      lab.path("black-hole.log"),
    );
    const isListening = async () =>
      (await lab.attempt("bash", ["-c", "exec 3<>/dev/tcp/127.0.0.2/4999"])).exitStatus === 0;
    await eventually("the black hole listens", isListening, { deadlineMs: 10_000 });

    const url = ["-J", "https://ipa.example.test:4999/ipa/json"];
    const slow = await helper(state, url);
    expect(slow.exitStatus, slow.stdout).toBe(0);
    const started = performance.now();
    // Another CSR would do as well: the kept answer is left aside by another option.
    const quick = await helper(state, [...url, "--no-add"]);
    expect(quick.exitStatus, quick.stdout).toBe(0);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it("takes turns, so that the server keeps the certificates of eight requests at once for one principal", async () => {
    const slow = ["-J", "https://ipa.example.test/ipa/x/slow0.2/json", "-P", "HTTP/managed.example.test"];
    // A helper keeps its answers, so each has options of its own.
    const eightAtOnce = async (state: (at: number) => string) => {
      const before = await countKept();
      const runs = Array.from({ length: 8 }, (_, at) =>
        helper(state(at), [...slow, "--timeout", `${200 + at}`]),
      );
      expect((await Promise.all(runs)).map(({ exitStatus }) => exitStatus)).toEqual(Array(8).fill(0));
      return (await countKept()) - before;
    };
    const shared = newState();
    expect(await eightAtOnce(() => shared)).toBe(8);
    // Without turns it loses some; else nothing would be shown.
    expect(await eightAtOnce(newState)).toBeLessThan(8);
  });

  /** How many certificates are in the entry of HTTP/managed.example.test. */
  async function countKept(): Promise<number> {
    const call = { method: "service_show", params: [["HTTP/managed.example.test"], {}] };
    const script = `
      const headers = { host: "ipa.example.test", referer: "https://ipa.example.test/ipa/json" };
      require("node:http").request("http://127.0.0.1:8080/ipa/json", { method: "POST", headers }, (reply) =>
        reply.pipe(process.stdout)).end(process.argv[1]);`;
    const answer = JSON.parse(await lab.run(process.execPath, ["-e", script, JSON.stringify(call)]));
    return answer.result.result.usercertificate?.length ?? 0;
  }

  it("ends at its time-out when the KDC never answers", async () => {
    const started = performance.now();
    const { exitStatus, stdout } = await lab.without("freeze", "kdc", () =>
      helper(newState(), ["--timeout", "2"]),
    );
    expect({ exitStatus, stdout }).toEqual({
      exitStatus: 3,
      stdout: "no answer within 2 s (--timeout): no KDC of the realm answers (krb5.conf or DNS names them)\n",
    });
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it.each([
    { layer: "privacy", properties: "noanonymous,noplain" },
    { layer: "integrity", properties: "noanonymous,noplain,maxssf=1" },
    { layer: "none", properties: "noanonymous,noplain,maxssf=0" },
  ])("fetches the trusted roots with the layer $layer", async ({ properties }) => {
    await lab.server("stop", "slapd");
    await lab.server("start", "slapd", { environment: { SASL_SECPROPS: properties } });
    try {
      const { exitStatus, stdout } = await helper(newState(), [], "FETCH-ROOTS");
      expect(exitStatus, stdout).toBe(0);
      const { roots, otherRoots, others } = decodeRoots(stdout);
      expect(roots.map(({ nickname }) => nickname)).toEqual(["EXAMPLE.TEST IPA CA", "EXAMPLE.TEST IPA CA 2"]);
      expect([...otherRoots, ...others]).toEqual([]);
    } finally {
      await lab.server("stop", "slapd");
      await lab.server("start", "slapd");
    }
  });

  it("fetches the roots without a login, over LDAPS, when the KDC is down", async () => {
    const { exitStatus, stdout } = await lab.without("stop", "kdc", () =>
      helper(newState(), [], "FETCH-ROOTS"),
    );
    expect(exitStatus, stdout).toBe(0);
    expect(decodeRoots(stdout).roots).toHaveLength(2);
  });

  it("takes no roots from a directory and a web server that the known CA did not sign", async () => {
    const config = "[global]\nserver = untrusted.example.test\ndomain = example.test\nrealm = EXAMPLE.TEST\n";
    const { exitStatus, stdout } = await lab.without("stop", "slapd", () =>
      lab.withConfiguration(config, () => helper(newState(), [], "FETCH-ROOTS")),
    );
    expect(exitStatus).toBe(3);
    expect(stdout).not.toContain("BEGIN");
  });

  // The last one: the directory keeps what is added.
  const title = `leaves an expired root out, and gives a CA of unknown trust as another, not as a root${clocks.note}`;
  it.skipIf(clocks.leaveOut)(title, async () => {
    await lab.server("stop", "slapd");
    const entries = [
      await authorityEntry("Ended Authority", "-40d", "ipaKeyTrust: trusted\n"),
      await authorityEntry("Doubtful Authority", "+0", ""),
    ];
    await writeFile(lab.path("more.ldif"), entries.join("\n"));
    await lab.run("slapadd", ["-f", lab.path("ldap/slapd.conf"), "-l", lab.path("more.ldif")]);
    await lab.server("start", "slapd");
    const { exitStatus, stdout } = await helper(newState(), [], "FETCH-ROOTS");
    expect(exitStatus, stdout).toBe(0);
    const { roots, others } = decodeRoots(stdout);
    const subjects = (list: typeof roots) =>
      list.map(({ certificate }) => new X509Certificate(certificate).subject.split("CN=").at(-1));
    expect(subjects(roots)).toEqual(["Certificate Authority", "Second Authority"]);
    expect(subjects(others)).toEqual(["Doubtful Authority"]);
  });

  /** An entry below cn=certificates, with a self-signed certificate of its own that lasts 30 days by that clock. */
  async function authorityEntry(name: string, clock: string, lines: string): Promise<string> {
    const place = lab.path(name.replace(" ", "-"));
    await lab.run("faketime", [
      ...["-f", clock, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"],
      ...["-keyout", `${place}.key`],
      ...["-subj", `/O=EXAMPLE.TEST/CN=${name}`, "-addext", "basicConstraints=critical,CA:TRUE"],
      ...["-outform", "DER", "-out", `${place}.der`],
    ]);
    const der = await readFile(`${place}.der`, "base64");
    const classes = ["nsContainer", "pkiCA", "ipaKeyPolicy"].map((kind) => `objectClass: ${kind}\n`).join("");
    const dn = `dn: cn=${name},cn=certificates,cn=ipa,cn=etc,dc=example,dc=test\n`;
    return `${dn}${classes}cn: ${name}\n${lines}cACertificate;binary:: ${der}\n`;
  }
});
