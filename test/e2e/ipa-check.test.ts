import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { executable } from "./support/executable.ts";
import { KerberosLab, type LabServer, needKerberosLab } from "./support/kerberos-lab.ts";
import { need } from "./support/peers.ts";
import { type Finished, run } from "./support/run.ts";

const realm = needKerberosLab();
const clocks = need("faketime");
let lab: KerberosLab;
let states = 0;

/** One thing that is in the way of a request, and how `--check` calls it. */
interface Situation {
  readonly name: string;
  readonly args?: () => readonly string[];
  /** Put before the helper: an environment, other rights. */
  readonly wrapper?: () => readonly string[];
  readonly krb5Conf?: (text: string) => string;
  readonly configuration?: string;
  readonly stopped?: LabServer;
  /** How far the clocks of KDC and web server are off. */
  readonly clock?: string;
  /** Names of the CSR; without them no CSR is given. */
  readonly names?: string;
  /** The first line that says FAILED; of what requests go through, the first warning. */
  readonly says: RegExp;
  readonly isWarning?: true;
}

const client = "host/client.example.test";
const keytab =
  (file: string, principal = client) =>
  () => ["-t", file.includes("/") ? file : lab.path(file), "-k", principal];
const url = (address: string) => () => ["-J", address];
const fault = (name: string) => url(`https://ipa.example.test/ipa/x/${name}/json`);
const ownName = "DNS:client.example.test";

/** In the order in which they would bite. */
const situations: readonly Situation[] = [
  {
    name: "this machine is not enrolled",
    configuration: "",
    isWarning: true,
    says: /default\.conf says nothing, this machine is not enrolled in IPA: ipa-client-install$/,
  },
  {
    name: "no server is known",
    configuration: "[global]\n",
    says: /^no IPA server is known: enroll this machine with ipa-client-install, or name one with --host$/,
  },
  {
    name: "the URL is none",
    args: url("ipa.example.test"),
    says: /^"ipa\.example\.test" \(--jsonrpc-url\) is not an https:\/\/ URL: correct it$/,
  },
  {
    name: "the keytab is missing",
    args: keytab("/nonexistent"),
    says: /^keytab \/nonexistent is not there: ipa-getkeytab -s ipa\.example\.test -p host\/client\.example\.test -k \/nonexistent$/,
  },
  {
    name: "the keytab can not be read by this user",
    args: keytab("foreign.keytab"),
    // Root without its power over the files of others.
    wrapper: () => ["setpriv", "--bounding-set=-dac_override,-dac_read_search"],
    says: /foreign\.keytab can not be read by this user: run this as root, as certmonger does$/,
  },
  { name: "the keytab is empty", args: keytab("empty.keytab"), says: /empty\.keytab can not be used: / },
  { name: "the keytab is none", args: keytab("garbage.keytab"), says: /garbage\.keytab can not be used: / },
  {
    name: "the principal is not in the keytab",
    args: keytab("host.keytab", "host/other.example.test"),
    says: /has no key of host\/other\.example\.test@EXAMPLE\.TEST, but of host\/client\.example\.test@EXAMPLE\.TEST: name/,
  },
  {
    name: "the principal has a capital letter too many",
    args: keytab("host.keytab", "host/Client.example.test"),
    says: /has no key of host\/Client\.example\.test@.*, but of host\/client\.example\.test@.*letter case counts/,
  },
  {
    name: "the keytab has no key of an encryption type that is allowed here",
    krb5Conf: (text) =>
      text.replace("[libdefaults]", "[libdefaults]\n  permitted_enctypes = aes256-cts-hmac-sha384-192"),
    says: /^no ticket for host\/client.*encryption type/,
  },
  {
    name: "the key is not the current one",
    args: keytab("stale.keytab", "host/other.example.test"),
    says: /^no ticket for host\/other.*not the current one: fetch a new keytab with ipa-getkeytab$/,
  },
  {
    name: "the principal was deleted",
    args: keytab("ghost.keytab", "host/ghost.example.test"),
    says: /not found in Kerberos database; the host or service was deleted or never made/,
  },
  { name: "the KDC is down", stopped: "kdc", says: /^no ticket for .*check that a KDC of the realm runs/ },
  {
    name: "no KDC is known",
    krb5Conf: (text) =>
      text.replace(/ kdc = .*/, "").replace("dns_lookup_kdc = true", "dns_lookup_kdc = false"),
    says: /name a KDC of the realm in krb5\.conf, or publish its _kerberos records in DNS$/,
  },
  {
    name: "the clock is two hours behind, and libkrb5 sets that right",
    clock: "+2h",
    isWarning: true,
    says: /^clock: this machine's is 7\d\d\d s behind that of the KDC: set it/,
  },
  {
    name: "the clock is two hours behind, and libkrb5 may not set that right",
    clock: "+2h",
    krb5Conf: (text) => text.replace("[libdefaults]", "[libdefaults]\n  kdc_timesync = 0"),
    says: /^no ticket for .*; set this machine's clock, or the server's$/,
  },
  {
    name: "there is no ccache",
    args: () => ["-K"],
    wrapper: () => ["env", "KRB5CCNAME=FILE:/nonexistent"],
    says: /kinit/,
  },
  {
    name: "the ticket is not forwardable",
    args: () => ["-K"],
    wrapper: () => ["env", `KRB5CCNAME=FILE:${lab.path("stuck-ccache")}`],
    says: /^ticket: it is not forwardable, so IPA can do nothing with it: get another with kinit -f$/,
  },
  {
    name: "the host does not exist",
    args: () => ["-h", "nohost.example.test"],
    says: /^there is no host nohost\.example\.test: check the name, and this machine's DNS$/,
  },
  {
    name: "the port is closed",
    args: url("https://ipa.example.test:4711/ipa/json"),
    says: /^ipa\.example\.test:4711 refuses connections: check that its service runs, and the port$/,
  },
  {
    name: "the CA is a stranger",
    args: () => ["-h", "untrusted.example.test"],
    says: /^the CA of untrusted\.example\.test is not trusted here.*\(--cafile\)$/,
  },
  {
    name: "the CA file is missing",
    args: () => ["-c", "/nonexistent"],
    says: /^\/nonexistent can not be used as a CA certificate: /,
  },
  {
    name: "the certificate is for another name",
    args: () => ["-h", "wrongname.example.test"],
    says: /^the certificate of wrongname\.example\.test is not for that name: use a name that is in it/,
  },
  {
    name: "the server has no Kerberos principal of that name",
    args: () => ["-h", "nospn.example.test"],
    says: /HTTP\/nospn\.example\.test@.*the KDC knows no service of that name: use the server's own name/,
  },
  {
    name: "the server's own keytab is out of date",
    args: url("https://ipa.example.test/badkeytab/json"),
    says: /^no mutual proof with HTTP@ipa\.example\.test: .*check the server's keytab and both clocks$/,
  },
  {
    name: "the server does not take the login",
    args: fault("401"),
    says: /did not accept the login \(401\): see its web server's log; a wrong clock/,
  },
  {
    name: "the password is wrong",
    args: () => ["-u", "admin", "-w", lab.path("wrong-password")],
    says: /^ipa\.example\.test: the password is wrong, or there is no such user$/,
  },
  {
    name: "the password has expired",
    args: () => ["-u", "admin", "-w", lab.path("password")],
    says: /^ipa\.example\.test: the password has expired: change it first$/,
  },
  { name: "there is no IPA at the URL", args: fault("404"), says: /404: there is no IPA at that URL$/ },
  { name: "IPA does not run", args: fault("503"), says: /503: the web server runs, IPA behind it does not/ },
  {
    name: "the name in the URL is an alias",
    args: fault("e911"),
    says: /911 RefererError: .*; use the server's own name, in its own letter case/,
  },
  {
    name: "the server calls itself otherwise",
    args: fault("othername"),
    isWarning: true,
    says: /^ipa\.example\.test: calls itself ipa1\.example\.test: use that name/,
  },
  {
    name: "the API is of another age",
    args: fault("e901"),
    says: /901 VersionError: .*; upgrade the older side$/,
  },
  { name: "this IPA has no CA", args: fault("noca"), says: /this IPA has no CA: add one .*ipa-ca-install/ },
  {
    name: "the CA behind the server is down",
    args: () => ["-h", "replica.example.test"],
    says: /^the CA behind replica\.example\.test does not answer \(HTTP status 503\): start it there/,
  },
  {
    name: "the CA is disabled",
    args: () => ["-X", "paused"],
    says: /^CA paused is disabled: ipa ca-enable paused$/,
  },
  {
    name: "the CA does not exist",
    args: () => ["-X", "nosuch"],
    says: /^CA nosuch: 4001 NotFound: .*; check the issuer \(getcert -X\): ipa ca-find; /,
  },
  {
    name: "the profile does not exist",
    args: () => ["-T", "nosuch"],
    says: /^profile nosuch: .*not found; check its name \(getcert -T\): ipa certprofile-find$/,
  },
  {
    name: "the profile waits for a person",
    args: () => ["-T", "agent"],
    says: /^profile agent waits for a person to agree/,
  },
  {
    name: "the host of a principal does not exist",
    args: () => ["-P", "HTTP/ghost.example.test"],
    says: /^principal HTTP\/ghost\.example\.test: .*not found; ipa host-add ghost\.example\.test --force, then ipa service-add HTTP\/ghost\.example\.test --force, then ipa service-add-host/,
  },
  {
    name: "the principal is another host's",
    args: () => ["-P", "HTTP/other.example.test"],
    says: /not managed by client\.example\.test: ipa service-add-host HTTP\/other\.example\.test --hosts=client/,
  },
  {
    name: "a DNS name has no entry",
    names: `${ownName},DNS:ghost.example.test`,
    says: /^DNS name ghost\.example\.test: make it an alias: ipa host-add-principal client\.example\.test host\/ghost/,
  },
  {
    name: "a DNS name is another host's",
    names: `${ownName},DNS:other.example.test`,
    says: /^DNS name other\.example\.test: ipa host-add-managedby other\.example\.test --hosts=client/,
  },
  {
    name: "an address, and IPA has no DNS",
    names: `${ownName},IP:192.0.2.7`,
    says: /^address 192\.0\.2\.7: this IPA has no DNS of its own/,
  },
];

describe.skipIf(realm.leaveOut)(`ipa-submit --check in the realm${realm.note}`, () => {
  beforeAll(async () => {
    lab = await KerberosLab.start();
    await run("cp", [lab.path("host.keytab"), lab.path("foreign.keytab")]);
    await run("chown", ["nobody", lab.path("foreign.keytab")]);
    await writeFile(lab.path("password"), "Secret.123\n", { mode: 0o600 });
    await writeFile(lab.path("wrong-password"), "Secret.124\n", { mode: 0o600 });
    await lab.run("kinit", ["-F", "-k", "-c", lab.path("stuck-ccache")]);
  });
  afterAll(() => lab?.stop());

  const rows = situations.filter(({ clock }) => clock === undefined || !clocks.leaveOut);
  it.each(rows)(`$name${clocks.note}`, async (situation) => {
    const { says, isWarning, stopped, clock } = situation;
    const work = () => check(situation);
    const atClock = () => (clock === undefined ? work() : lab.withServersAt(clock, work));
    const { exitStatus, stdout } = await (stopped ? lab.without("stop", stopped, atClock) : atClock());
    const mark = isWarning ? "warning" : "FAILED";
    const first = stdout.split("\n").find((line) => line.startsWith(mark));
    expect(first?.slice(8), stdout).toMatch(says);
    if (!isWarning) expect(exitStatus).toBe(4);
  });

  it("finds nothing in the way of a request that is in order, the CA's own check included", async () => {
    const whole = { name: "", names: ownName, args: () => ["--deep"], says: /^/ };
    const { exitStatus, stdout } = await check(whole);
    expect(exitStatus, stdout).toBe(0);
    expect(stdout).not.toMatch(/^(?!ok |ready$).+/m);
    expect(stdout).toContain("the server's own checks: nothing to object to\n");
    expect(stdout).toContain("the CA's own check: nothing to object to\n");
  });

  it("asked the server nothing that changes anything, and issued nothing", async () => {
    const called = lab.requests().flatMap(({ body }) => {
      const call = body === "" ? undefined : JSON.parse(body);
      const inside = call?.method === "batch" ? call.params[0][0] : [];
      return [call, ...inside].flatMap((one) => one?.method ?? []);
    });
    expect(new Set(called)).toEqual(
      new Set([
        ...["env", "ca_is_enabled", "dns_is_enabled", "batch", "host_show", "service_show", "host_find"],
        ...["service_find", "certprofile_show", "ca_show", "caacl_find", "cert_request"],
      ]),
    );
    expect(await run("ls", [lab.path("issued")])).toBe("");
  });
});

async function check({ args, wrapper, krb5Conf, configuration, names }: Situation): Promise<Finished> {
  const state = ["--state-directory", lab.path(`check-${++states}`)];
  const environment = krb5Conf === undefined ? {} : { KRB5_CONFIG: await changedKrb5Conf(krb5Conf) };
  const csr = names === undefined ? [] : ["--csr", await makeCsr(names)];
  const [program = "", ...more] = [...(wrapper?.() ?? []), executable("ipa-submit")];
  const all = [...more, "--check", ...state, ...csr, ...(args?.() ?? [])];
  const work = () => lab.attempt(program, all, { environment });
  return configuration === undefined ? await work() : await lab.withConfiguration(configuration, work);
}

async function changedKrb5Conf(change: (text: string) => string): Promise<string> {
  const path = lab.path(`check-krb5-${++states}.conf`);
  await writeFile(path, change(await readFile(lab.path("etc/krb5.conf"), "utf8")));
  return path;
}

async function makeCsr(names: string): Promise<string> {
  const path = lab.path(`check-${++states}.csr`);
  await run("openssl", [
    ...["req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", lab.path("check.key"), "-out", path],
    ...["-subj", "/CN=client.example.test", "-addext", `subjectAltName=${names}`],
  ]);
  return path;
}
