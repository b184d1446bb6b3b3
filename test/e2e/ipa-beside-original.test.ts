import { existsSync } from "node:fs";
import { copyFile, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Background, startInBackground } from "./support/background.ts";
import { eventually } from "./support/eventually.ts";
import { executable } from "./support/executable.ts";
import { KerberosLab, needKerberosLab } from "./support/kerberos-lab.ts";
import { need } from "./support/peers.ts";
import { type Finished, run } from "./support/run.ts";

const realm = needKerberosLab();
const certmonger = need("certmonger", "faketime");

const original =
  ["/usr/lib/certmonger/ipa-submit", "/usr/libexec/certmonger/ipa-submit"].find(existsSync) ?? "";
const principal = "host/client.example.test";
let lab: KerberosLab;
let runs = 0;

/**
 * One situation of the failure table, for both helpers. All that was measured of certmonger's helper is here, but for what
 * needs a probe of the login (kerberos-beside-original: a KDC whose name does not resolve, letter case of principals),
 * and for usernames and passwords, which the original never sends (ipa-options).
 */
interface Situation {
  readonly name: string;
  readonly options?: () => readonly string[];
  /** `SUBMIT` unless told otherwise; empty: as a person runs it. */
  readonly operation?: string;
  readonly variables?: () => Readonly<Record<string, string>>;
  /** Without the CSR and the principal of the request. */
  readonly isBare?: true;
  /** Files of the client to be other for the moment. */
  readonly configuration?: string;
  readonly krb5Conf?: (text: string) => string;
  readonly stopped?: "kdc" | "apache" | "slapd";
  /** How far the clocks of KDC and web server are off: ours is off the other way round. */
  readonly clock?: string;
  /** Something else that is other for the moment. */
  readonly around?: (work: () => Promise<void>) => Promise<void>;
  /** What the original answers, and we; `ours` only where the README says that we differ. */
  readonly exitStatus: number;
  readonly ours?: number;
  /** What our first line says. */
  readonly says: RegExp;
}

const issued = /^-----BEGIN CERTIFICATE-----$/;
/** No directory to name another server: the fault shows. */
const alone = { stopped: "slapd" } as const;
const fault = (name: string) => () => ["-J", `https://ipa.example.test/ipa/x/${name}/json`];
const keytab =
  (file: string, name = principal) =>
  () => ["-t", file.includes("/") ? file : lab.path(file), "-k", name];
const other = "host/other.example.test";

const situations: readonly Situation[] = [
  { name: "all is well", exitStatus: 0, says: issued },
  {
    name: "POLL",
    operation: "POLL",
    variables: () => ({ CERTMONGER_CA_COOKIE: "x" }),
    exitStatus: 0,
    says: issued,
  },
  {
    name: "-H with a JSON URL",
    options: () => ["-H", "https://ipa.example.test/ipa/json"],
    exitStatus: 0,
    says: issued,
  },
  {
    name: "the session URL",
    options: () => ["-J", "https://ipa.example.test/ipa/session/json"],
    exitStatus: 0,
    says: issued,
  },
  {
    name: "a CSR file",
    operation: "",
    isBare: true,
    options: () => ["-P", principal, lab.path("client.csr")],
    exitStatus: 0,
    says: issued,
  },
  {
    name: "-K",
    options: () => ["-K"],
    variables: () => ({ KRB5CCNAME: `FILE:${lab.path("good-ccache")}` }),
    exitStatus: 0,
    says: issued,
  },
  { name: "-C", options: () => ["-C", lab.path("tls/capath")], exitStatus: 0, says: issued },
  { name: "IDENTIFY", operation: "IDENTIFY", exitStatus: 0, says: /^ipa-submit / },
  {
    name: "GET-NEW-REQUEST-REQUIREMENTS",
    operation: "GET-NEW-REQUEST-REQUIREMENTS",
    exitStatus: 0,
    says: /^CERTMONGER_REQ_PRINCIPAL$/,
  },
  {
    name: "GET-RENEW-REQUEST-REQUIREMENTS",
    operation: "GET-RENEW-REQUEST-REQUIREMENTS",
    exitStatus: 6,
    ours: 0,
    says: /^$/,
  },
  {
    name: "GET-SUPPORTED-TEMPLATES",
    operation: "GET-SUPPORTED-TEMPLATES",
    exitStatus: 6,
    ours: 0,
    says: /^IECUserRoles$/,
  },
  {
    name: "GET-DEFAULT-TEMPLATE",
    operation: "GET-DEFAULT-TEMPLATE",
    exitStatus: 6,
    ours: 0,
    says: /^caIPAserviceCert$/,
  },
  { name: "FETCH-SCEP-CA-CAPS", operation: "FETCH-SCEP-CA-CAPS", exitStatus: 6, says: /^$/ },
  { name: "an unknown operation", operation: "FROBNICATE", exitStatus: 6, says: /^$/ },

  { name: "a bad option", options: () => ["--frob"], exitStatus: 4, says: /--frob is not an option/ },
  {
    name: "-u without a password",
    options: () => ["-u", "admin"],
    exitStatus: 4,
    says: /-u needs a password/,
  },
  {
    name: "-w names no file",
    options: () => ["-u", "admin", "-w", "/nonexistent"],
    exitStatus: 4,
    says: /--pwdfile: cannot read \/nonexistent/,
  },
  {
    name: "-K with -t",
    options: () => ["-K", "-t", "/etc/krb5.keytab"],
    exitStatus: 4,
    says: /-t can not be used/,
  },
  { name: "-K with -k", options: () => ["-K", "-k", principal], exitStatus: 4, says: /-k can not be used/ },
  {
    name: "no principal",
    isBare: true,
    variables: () => ({ CERTMONGER_CSR: csr }),
    exitStatus: 4,
    says: /names no principal/,
  },
  {
    name: "no CSR",
    isBare: true,
    variables: () => ({ CERTMONGER_REQ_PRINCIPAL: principal }),
    exitStatus: 4,
    says: /there is no CSR/,
  },
  {
    name: "the CSR's file is not there",
    operation: "",
    isBare: true,
    options: () => ["-P", principal, "/nonexistent.csr"],
    exitStatus: 4,
    says: /\/nonexistent\.csr/,
  },
  {
    name: "no server is known",
    configuration: "[global]\n",
    exitStatus: 4,
    says: /no IPA server is known/,
  },

  {
    name: "the keytab is missing",
    options: keytab("/nonexistent"),
    exitStatus: 4,
    says: /'\/nonexistent' not found/,
  },
  { name: "the keytab is empty", options: keytab("empty.keytab"), exitStatus: 4, says: /empty\.keytab/ },
  { name: "the keytab is none", options: keytab("garbage.keytab"), exitStatus: 4, says: /garbage\.keytab/ },
  { name: "the keytab is a directory", options: keytab("/tmp"), exitStatus: 4, says: /[Ii]s a directory/ },
  { name: "the keytab's type is unknown", options: () => ["-t", "ODD:x"], exitStatus: 4, says: /ODD:x/ },
  {
    name: "the principal is not in the keytab",
    options: keytab("host.keytab", other),
    exitStatus: 4,
    says: /no suitable keys for host\/other/,
  },
  {
    name: "the principal is of another realm",
    options: keytab("host.keytab", "host/x@OTHER.TEST"),
    exitStatus: 4,
    says: /OTHER\.TEST/,
  },
  {
    name: "the principal is malformed",
    options: keytab("host.keytab", "a@b@c"),
    exitStatus: 4,
    says: /a@b@c/,
  },
  { name: "the key is stale", options: keytab("stale.keytab", other), exitStatus: 4, says: /ipa-getkeytab/ },
  {
    name: "the principal is unknown to the KDC",
    options: keytab("ghost.keytab", "host/ghost.example.test"),
    exitStatus: 4,
    says: /not found in Kerberos database/,
  },
  {
    name: "the principal is locked",
    options: keytab("disabled.keytab", "host/disabled.example.test"),
    exitStatus: 4,
    says: /locked or disabled/,
  },
  {
    name: "krb5.conf has a mistake",
    krb5Conf: (text) => `${text}\n[realms\n}}}`,
    exitStatus: 4,
    says: /krb5\.conf/,
  },
  {
    name: "no KDC is named",
    krb5Conf: (text) =>
      text.replace(/ kdc = .*/, "").replace("dns_lookup_kdc = true", "dns_lookup_kdc = false"),
    exitStatus: 4,
    says: /KDC/,
  },
  {
    name: "krb5.conf is missing",
    variables: () => ({ KRB5_CONFIG: "/nonexistent" }),
    exitStatus: 3,
    says: /krb5\.conf/,
  },
  {
    name: "the KDC is another server",
    krb5Conf: (text) => text.replace("kdc.example.test", "ipa.example.test:443"),
    exitStatus: 3,
    says: /port 88/,
  },
  {
    name: "the KDC can not read its database",
    around: withoutDatabase,
    exitStatus: 4,
    ours: 3,
    says: /the KDC itself is in trouble/,
  },
  { name: "the KDC is down", stopped: "kdc", exitStatus: 3, says: /KDC/ },
  { name: "-K without a ccache", options: () => ["-K"], exitStatus: 3, says: /kinit/ },
  {
    name: "-K with a ticket that has expired",
    options: () => ["-K"],
    variables: () => ({ KRB5CCNAME: `FILE:${lab.path("old-ccache")}` }),
    exitStatus: 3,
    says: /kinit/,
  },

  {
    name: "the host does not exist",
    options: () => ["-J", "https://nohost.example.test/ipa/json"],
    ...alone,
    exitStatus: 3,
    says: /there is no host nohost\.example\.test/,
  },
  {
    name: "the port is closed",
    options: () => ["-J", "https://ipa.example.test:4711/ipa/json"],
    ...alone,
    exitStatus: 3,
    says: /refuses connections/,
  },
  {
    name: "the URL is none",
    options: () => ["-J", "nonsense"],
    ...alone,
    exitStatus: 3,
    says: /not an https:\/\/ URL/,
  },
  {
    name: "the URL asks for no TLS",
    options: () => ["-J", "http://ipa.example.test:443/ipa/json"],
    ...alone,
    exitStatus: 3,
    says: /not an https:\/\/ URL/,
  },
  {
    name: "the port speaks no TLS",
    options: () => ["-J", "https://ipa.example.test:389/ipa/json"],
    stopped: "apache",
    exitStatus: 3,
    says: /ipa\.example\.test/,
  },
  {
    name: "the server's CA is a stranger",
    options: () => ["-J", "https://untrusted.example.test/ipa/json"],
    ...alone,
    exitStatus: 3,
    says: /not trusted here|is not signed by the CA/,
  },
  {
    name: "the CA file is missing",
    options: () => ["-c", "/nonexistent"],
    ...alone,
    exitStatus: 3,
    says: /\/nonexistent can not be used/,
  },
  {
    name: "the certificate is for another name",
    options: () => ["-J", "https://wrongname.example.test/ipa/json"],
    ...alone,
    exitStatus: 3,
    says: /not for that name/,
  },
  {
    name: "the KDC knows no such service",
    options: () => ["-J", "https://nospn.example.test/ipa/json"],
    ...alone,
    exitStatus: 3,
    says: /knows no service of that name/,
  },
  {
    name: "the server's key is stale",
    options: () => ["-J", "https://ipa.example.test/badkeytab/json"],
    ...alone,
    exitStatus: 3,
    says: /check the server's keytab/,
  },
  ...["401", "bare401", "403", "404", "500", "503", "301"].map(
    (name): Situation => ({
      name: `HTTP ${name}`,
      options: fault(name),
      ...alone,
      exitStatus: 3,
      says: new RegExp(name.replace(/\D/g, "").replace("301", "redirects")),
    }),
  ),
  { name: "200 with HTML", options: fault("html"), ...alone, exitStatus: 3, says: /not JSON/ },
  { name: "200 with nothing", options: fault("empty"), ...alone, exitStatus: 3, says: /empty answer/ },
  { name: "200 cut off", options: fault("cut"), ...alone, exitStatus: 3, says: /ipa\.example\.test/ },
  { name: "no result", options: fault("noresult"), ...alone, exitStatus: 3, says: /without a result/ },
  { name: "no certificate", options: fault("nocert"), ...alone, exitStatus: 3, says: /no certificate/ },
  {
    name: "an error that is a text",
    options: fault("strerror"),
    ...alone,
    exitStatus: 3,
    says: /unknown form/,
  },
  {
    name: "the certificate is null",
    options: fault("nullcert"),
    exitStatus: 2,
    ours: 3,
    says: /no certificate/,
  },
  {
    name: "the certificate is empty",
    options: fault("emptycert"),
    exitStatus: 0,
    ours: 3,
    says: /no certificate/,
  },
  {
    name: "the certificate is not base64",
    options: fault("badcert"),
    exitStatus: 0,
    ours: 3,
    says: /not base64/,
  },
  { name: "the server takes its time", options: fault("slow2"), exitStatus: 0, says: issued },
  ...[2100, 3009].map(
    (code): Situation => ({
      name: `error ${code}`,
      options: fault(`e${code}`),
      exitStatus: 2,
      says: new RegExp(`denied the request: ${code} `),
    }),
  ),
  ...[903, 911, 1101, 4001, 4016, 4035, 4301].map(
    (code): Situation => ({
      name: `error ${code}`,
      options: fault(`e${code}`),
      ...alone,
      exitStatus: 3,
      says: new RegExp(`failed the request: ${code} `),
    }),
  ),
  {
    name: "error 3005",
    options: () => [...fault("e3005")(), "-X", "ipa"],
    exitStatus: 0,
    ours: 2,
    says: /--drop-unknown/,
  },

  {
    name: "the first server is down, the directory names another",
    options: () => ["-J", "https://ipa.example.test:4711/ipa/json"],
    exitStatus: 0,
    says: issued,
  },
  {
    name: "the first server is a stranger, the directory names another",
    options: () => ["-J", "https://untrusted.example.test/ipa/json"],
    exitStatus: 0,
    says: issued,
  },
  {
    name: "the first server answers 500, the directory names another",
    options: fault("500"),
    exitStatus: 0,
    says: issued,
  },

  { name: "FETCH-ROOTS", operation: "FETCH-ROOTS", exitStatus: 0, says: /^EXAMPLE\.TEST IPA CA$/ },
  {
    name: "FETCH-ROOTS without a domain",
    operation: "FETCH-ROOTS",
    configuration: "[global]\nserver = ipa.example.test\n",
    exitStatus: 4,
    says: /no IPA domain is configured/,
  },
  {
    name: "FETCH-ROOTS of a server that nobody names",
    operation: "FETCH-ROOTS",
    configuration: "[global]\nbasedn = dc=example,dc=test\ndomain = nowhere.test\n",
    exitStatus: 4,
    says: /no IPA server is known/,
  },
  {
    name: "FETCH-ROOTS without a directory",
    operation: "FETCH-ROOTS",
    stopped: "slapd",
    exitStatus: 3,
    ours: 0,
    says: /^EXAMPLE\.TEST IPA CA$/,
  },
  {
    name: "FETCH-ROOTS of a directory that refuses the login",
    operation: "FETCH-ROOTS",
    around: withStrangeDirectory,
    exitStatus: 3,
    ours: 0,
    says: /^EXAMPLE\.TEST IPA CA$/,
  },
  {
    name: "FETCH-ROOTS with a base DN that is not there",
    operation: "FETCH-ROOTS",
    options: () => ["-b", "dc=nowhere,dc=test"],
    exitStatus: 0,
    ours: 4,
    says: /no entry dc=nowhere,dc=test/,
  },

  ...["-2h", "+2h"].flatMap((clock): Situation[] => [
    { name: `the servers' clocks are off by ${clock}`, clock, exitStatus: 0, says: issued },
    {
      name: `the servers' clocks are off by ${clock}, and libkrb5 may not take the KDC's time`,
      clock,
      krb5Conf: (text) => text.replace("[libdefaults]", "[libdefaults]\n  kdc_timesync = 0"),
      exitStatus: 4,
      says: /clock/,
    },
  ]),
  {
    name: "our clock is so far behind that the server's certificate is not valid yet",
    ...alone,
    clock: "+2h",
    around: withYoungCertificate,
    exitStatus: 3,
    says: /the certificate of ipa\.example\.test is not valid yet: set this machine's clock/,
  },
];

let csr = "";

/** A KDC that takes connections and never answers; certmonger's helper waits 27 s for it, beside all the other tests. */
let silent: { blackHole: Background; theirs: Promise<Finished>; mine: Promise<Finished> };

describe.skipIf(realm.leaveOut || certmonger.leaveOut)(
  `ipa-submit beside certmonger's${realm.note || certmonger.note}`,
  () => {
    beforeAll(async () => {
      lab = await KerberosLab.start();
      const name = "client.example.test";
      csr = await run("openssl", [
        ...["req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", lab.path("client.key")],
        ...["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`],
      ]);
      await writeFile(lab.path("client.csr"), csr);
      await lab.run("kinit", ["-f", "-k", "-c", lab.path("good-ccache")]);
      await lab.run("kinit", ["-f", "-k", "-l", "1s", "-c", lab.path("old-ccache")]);
      silent = await askSilentKdc();
    });
    afterAll(async () => {
      await silent?.blackHole.stop();
      await lab?.stop();
    });

    it.each(situations)("$name", async (situation) => {
      const { exitStatus, ours = exitStatus, says, stopped, clock } = situation;
      const { around = (work: () => Promise<void>) => work() } = situation;
      const both = async () => {
        let theirs: Finished | undefined;
        let mine: Finished | undefined;
        await around(async () => {
          theirs = await runHelper([original], situation);
          mine = await runHelper(ourHelper(), situation);
        });
        if (theirs === undefined || mine === undefined) throw new Error("nothing was run");
        return { theirs, mine };
      };
      const atClock = () => (clock === undefined ? both() : lab.withServersAt(clock, both));
      const { theirs, mine } = await (stopped === undefined
        ? atClock()
        : lab.without("stop", stopped, atClock));
      expect(theirs.exitStatus, `the original: ${theirs.stdout}${theirs.stderr}`).toBe(exitStatus);
      expect(mine.exitStatus, mine.stdout + mine.stderr).toBe(ours);
      const [firstLine = ""] = mine.stdout.split("\n");
      expect(firstLine).toMatch(says);
      if (![0, 6].includes(ours)) expect(mine.stdout.split("\n")).toHaveLength(2);
      if (says === issued) await expectToVerify(mine.stdout);
    });

    it("an answer is lost on its way: the original has two certificates then, we have one", async () => {
      const situation: Situation = { name: "lost", options: fault("lost"), exitStatus: 0, says: issued };
      const countIssued = async () => (await readdir(lab.path("issued"))).length;
      const issuedBy = async (command: readonly string[]) => {
        const before = await countIssued();
        const { exitStatus, stdout, stderr } = await runHelper(command, situation);
        expect(exitStatus, stdout + stderr).toBe(0);
        return { stdout, count: (await countIssued()) - before };
      };
      expect((await issuedBy([original])).count).toBe(2);
      const { stdout, count } = await issuedBy(ourHelper());
      expect(count).toBe(1);
      await expectToVerify(stdout);
    });

    it("the KDC is silent", { timeout: 60_000 }, async () => {
      const { exitStatus, stdout } = await silent.mine;
      expect({ exitStatus, stdout }).toEqual({
        exitStatus: 3,
        stdout:
          "no answer within 3 s (--timeout): no KDC of the realm answers (krb5.conf or DNS names them)\n",
      });
      expect((await silent.theirs).exitStatus).toBe(3);
    });
  },
);

/** With a state of its own: what the last situation taught is not for this one. */
const ourHelper = () => [executable("ipa-submit"), "--state-directory", lab.path(`state-${++runs}`)];

async function askSilentKdc(): Promise<typeof silent> {
  const script = `
    require("node:net").createServer(() => {}).listen(4998, "127.0.0.2");
    require("node:dgram").createSocket("udp4").bind(4998, "127.0.0.2");`;
  const blackHole = startInBackground(
    join(import.meta.dirname, "../../scripts/lab/kerberos/run.sh"),
    [lab.directory, process.execPath, "-e", script],
    lab.path("silent-kdc.log"),
  );
  const isListening = async () =>
    (await lab.attempt("bash", ["-c", "exec 3<>/dev/tcp/127.0.0.2/4998"])).exitStatus === 0;
  await eventually("the silent KDC listens", isListening, { deadlineMs: 10_000 });
  const situation: Situation = {
    name: "the KDC is silent",
    krb5Conf: (text) => text.replace("kdc.example.test", "ipa.example.test:4998"),
    exitStatus: 3,
    says: /^/,
  };
  const theirs = runHelper([original], situation);
  const mine = runHelper([...ourHelper(), "--timeout", "3"], situation);
  // When the tests end before, so do these.
  for (const each of [theirs, mine]) each.catch(() => {});
  return { blackHole, theirs, mine };
}

/** The KDC's database is not in its place. */
async function withoutDatabase(work: () => Promise<void>): Promise<void> {
  const database = lab.path("kdc/principal");
  await rename(database, `${database}.away`);
  try {
    await work();
  } finally {
    await rename(`${database}.away`, database);
  }
}

/** The directory has a keytab that is not its own. */
async function withStrangeDirectory(work: () => Promise<void>): Promise<void> {
  const restart = async (environment: Record<string, string>) => {
    await lab.server("stop", "slapd");
    await lab.server("start", "slapd", { environment });
  };
  await restart({ LDAP_KEYTAB: lab.path("host.keytab") });
  try {
    await work();
  } finally {
    await restart({});
  }
}

/** The web server's certificate begins in an hour. */
async function withYoungCertificate(work: () => Promise<void>): Promise<void> {
  const use = async (certificate: string) => {
    await lab.server("stop", "apache");
    await copyFile(lab.path(certificate), lab.path("tls/ipa.crt"));
    await lab.server("start", "apache", { environment: { CLOCK: "+2h" } });
  };
  const ca = ["-CA", lab.path("tls/ca.crt"), "-CAkey", lab.path("tls/ca.key")];
  await lab.run("faketime", [
    ...["-f", "+1h", "openssl", "x509", "-req", "-in", lab.path("tls/ipa.csr"), ...ca, "-days", "30"],
    ...["-extfile", lab.path("tls/ipa.ext"), "-out", lab.path("tls/young.crt")],
  ]);
  await copyFile(lab.path("tls/ipa.crt"), lab.path("tls/old.crt"));
  await use("tls/young.crt");
  try {
    await work();
  } finally {
    await use("tls/old.crt");
  }
}

async function runHelper(command: readonly string[], situation: Situation): Promise<Finished> {
  const { options, operation = "SUBMIT", variables, isBare, configuration, krb5Conf } = situation;
  const environment = {
    PATH: "/usr/bin:/bin:/usr/sbin:/sbin",
    LC_CTYPE: "C.UTF-8",
    ...(operation !== "" && { CERTMONGER_OPERATION: operation }),
    ...(!isBare && { CERTMONGER_CSR: csr, CERTMONGER_REQ_PRINCIPAL: principal }),
    ...(krb5Conf !== undefined && { KRB5_CONFIG: await changedKrb5Conf(krb5Conf) }),
    ...variables?.(),
  };
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const work = () => lab.attempt("env", ["-i", ...settings, ...command, ...(options?.() ?? [])]);
  return configuration === undefined ? await work() : await lab.withConfiguration(configuration, work);
}

async function changedKrb5Conf(change: (text: string) => string): Promise<string> {
  const path = lab.path(`krb5-${++runs}.conf`);
  await writeFile(path, change(await readFile(lab.path("etc/krb5.conf"), "utf8")));
  return path;
}

/** The certificate is one of the lab's CA, and comes with it. */
async function expectToVerify(stdout: string): Promise<void> {
  const path = lab.path(`issued-${++runs}.pem`);
  await writeFile(path, stdout);
  await run("openssl", ["verify", "-CAfile", lab.path("tls/ca.crt"), path]);
  expect(stdout.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
}
