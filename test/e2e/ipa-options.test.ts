import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { executable } from "./support/executable.ts";
import { KerberosLab, needKerberosLab } from "./support/kerberos-lab.ts";
import { need } from "./support/peers.ts";
import { type Finished, run } from "./support/run.ts";

const realm = needKerberosLab();
const certmonger = need("certmonger");
const original =
  ["/usr/lib/certmonger/ipa-submit", "/usr/libexec/certmonger/ipa-submit"].find(existsSync) ?? "";

let lab: KerberosLab;
let csr = "";
let states = 0;

type Request = ReturnType<KerberosLab["requests"]>[number];

/** One use of an option, by both helpers; the requests that the server sees are the same unless told otherwise. */
interface Row {
  readonly option: string;
  readonly args: () => readonly string[];
  readonly operation?: "FETCH-ROOTS";
  readonly variables?: () => Readonly<Record<string, string>>;
  readonly configuration?: string;
  readonly exitStatus?: number;
  /** What the server sees of both, beside what is common to all requests. */
  readonly sees?: Readonly<{
    user?: string;
    url?: string;
    principal?: string;
    profile_id?: string;
    cacn?: string;
  }>;
  /** Where the README says that ours does otherwise: what it asks for instead, and its exit status. */
  readonly ours?: Readonly<{ exitStatus: number; urls: readonly string[] }>;
}

const ipa = "https://ipa.example.test/ipa/json";
const bare = "[global]\nbasedn = dc=example,dc=test\nrealm = EXAMPLE.TEST\ndomain = example.test\n";
const ccache = (name: string) => () => ({ KRB5CCNAME: `FILE:${lab.path(name)}` });

/** Every option that `ipa-submit --help` of certmonger 0.79.17 lists. */
const rows: readonly Row[] = [
  { option: "(none)", args: () => [], sees: { url: "/ipa/json" } },
  {
    option: "-J",
    args: () => ["-J", "https://replica.example.test/ipa/session/json"],
    sees: { url: "/ipa/session/json" },
  },
  { option: "--jsonrpc-url", args: () => [`--jsonrpc-url=${ipa}`] },
  { option: "-H with a JSON URL", args: () => ["-H", ipa] },
  {
    option: "-H with an XML URL",
    args: () => ["-H", "https://ipa.example.test/ipa/xml"],
    ours: { exitStatus: 0, urls: [ipa] },
  },
  { option: "-h where no server is configured", args: () => ["-h", "ipa.example.test"], configuration: bare },
  { option: "--host", args: () => ["--host=ipa.example.test"], configuration: bare },
  { option: "-C", args: () => ["-C", lab.path("tls/capath")] },
  { option: "-c", args: () => ["-c", lab.path("tls/ca.crt")] },
  {
    option: "-c with another CA",
    args: () => ["-c", lab.path("tls/stranger.crt"), "-L", "ldap://127.0.0.9"],
    configuration: "[global]\nserver = ipa.example.test\n",
    exitStatus: 3,
  },
  {
    option: "-t and -k",
    args: () => ["-t", lab.path("other.keytab"), "-k", "host/other.example.test"],
    sees: { user: "host/other.example.test@EXAMPLE.TEST" },
  },
  {
    option: "-k with the default keytab",
    args: () => ["--submitter-principal=host/client.example.test"],
    sees: { user: "host/client.example.test@EXAMPLE.TEST" },
  },
  {
    option: "-K",
    args: () => ["-K"],
    variables: ccache("other-ccache"),
    sees: { user: "host/other.example.test@EXAMPLE.TEST" },
  },
  {
    option: "-P",
    args: () => ["-P", "HTTP/client.example.test"],
    sees: { principal: "HTTP/client.example.test" },
  },
  { option: "-T", args: () => ["-T", "caIPAserviceCert"], sees: { profile_id: "caIPAserviceCert" } },
  {
    option: "-T beside the request's profile",
    args: () => ["-T", "caIPAserviceCert"],
    variables: () => ({ CERTMONGER_CA_PROFILE: "another" }),
    sees: { profile_id: "caIPAserviceCert" },
  },
  { option: "-X", args: () => ["-X", "ipa"], sees: { cacn: "ipa" } },
  {
    option: "-X from the request",
    args: () => [],
    variables: () => ({ CERTMONGER_CA_ISSUER: "ipa" }),
    sees: { cacn: "ipa" },
  },
  { option: "-v", args: () => ["-v"] },
  { option: "-d", args: () => ["-d", "example.test"], operation: "FETCH-ROOTS", configuration: "[global]\n" },
  {
    option: "-L",
    args: () => ["-L", "ldap://ipa.example.test/"],
    operation: "FETCH-ROOTS",
    configuration: bare,
  },
  {
    option: "-b",
    args: () => ["-b", "dc=example,dc=test"],
    operation: "FETCH-ROOTS",
    configuration: "[global]\nserver = ipa.example.test\ndomain = other.test\n",
  },
  {
    option: "-h where a server is configured",
    args: () => ["-h", "replica.example.test"],
    sees: { url: "/ipa/json" },
    ours: { exitStatus: 0, urls: ["https://replica.example.test/ipa/json"] },
  },
  {
    option: "-u and -W",
    args: () => ["-u", "admin", "-W", "Secret.123", "-L", "ldap://127.0.0.9"],
    exitStatus: 3,
    ours: { exitStatus: 3, urls: ["https://ipa.example.test/ipa/session/login_password"] },
  },
  {
    option: "-u and -w",
    args: () => ["-u", "admin", "-w", lab.path("password"), "-L", "ldap://127.0.0.9"],
    exitStatus: 3,
    ours: { exitStatus: 3, urls: ["https://ipa.example.test/ipa/session/login_password"] },
  },
];

describe.skipIf(realm.leaveOut || certmonger.leaveOut)(
  `each option of certmonger's ipa-submit${realm.note}${certmonger.note}`,
  () => {
    beforeAll(async () => {
      lab = await KerberosLab.start();
      csr = await run("openssl", [
        ...["req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", lab.path("client.key")],
        ...["-subj", "/CN=client.example.test"],
      ]);
      await writeFile(lab.path("password"), "Secret.123\n", { mode: 0o600 });
      const other = ["-k", "-t", lab.path("other.keytab"), "-c", lab.path("other-ccache")];
      await lab.run("kinit", ["-f", ...other, "host/other.example.test"]);
    });
    afterAll(() => lab?.stop());

    it("is in the table", async () => {
      const help = await run(original, ["--help"]);
      const letters = [...help.matchAll(/^ {2}-(\w), --/gm)].map(([, letter]) => letter);
      expect(letters.length).toBe(18);
      for (const letter of letters) {
        expect(
          rows.filter(({ option }) => new RegExp(`-${letter}\\b`).test(option)),
          letter,
        ).not.toEqual([]);
      }
      const shown = await run(executable("ipa-submit"), ["--help"]);
      for (const [, letter, name] of help.matchAll(/^ {2}-(\w), --([\w-]+)/gm)) {
        // Shown only to those who know it: every process can see the password.
        if (letter !== "W") expect(shown).toMatch(new RegExp(`^ +-${letter}, --${name} `, "m"));
      }
    });

    it.each(rows)("$option", async (row) => {
      const { exitStatus = 0, sees = {}, ours, operation } = row;
      const theirs = await requestsOf([original], row);
      const mine = await requestsOf(
        [executable("ipa-submit"), "--state-directory", lab.path(`s${++states}`)],
        row,
      );
      expect(theirs.finished.exitStatus, theirs.finished.stderr).toBe(exitStatus);
      expect(mine.finished.exitStatus, mine.finished.stdout).toBe(ours?.exitStatus ?? exitStatus);
      if (operation === "FETCH-ROOTS") {
        expect(rootsIn(theirs.finished)).toEqual(expect.arrayContaining(rootsIn(mine.finished)));
        expect(rootsIn(mine.finished)).toHaveLength(2);
        return;
      }
      if (ours !== undefined) {
        expect(mine.requests.map(({ url, headers }) => `https://${headers.host}${url}`)).toEqual(ours.urls);
        return;
      }
      expect(mine.requests.map(comparable)).toEqual(theirs.requests.map(comparable));
      if (exitStatus !== 0) return;
      const { user, url, ...options } = sees;
      expect(mine.requests).toHaveLength(1);
      const [request] = mine.requests;
      if (user !== undefined) expect(request?.headers["x-remote-user"]).toBe(user);
      if (url !== undefined) expect(request?.url).toBe(url);
      expect(JSON.parse(request?.body ?? "").params[1]).toMatchObject({
        principal: "host/client.example.test",
        add: true,
        ...options,
      });
    });
  },
);

async function requestsOf(
  command: readonly string[],
  { args, variables, configuration, operation }: Row,
): Promise<{ finished: Finished; requests: Request[] }> {
  const before = lab.requests().length;
  const environment = {
    ...{ PATH: "/usr/bin:/bin", CERTMONGER_OPERATION: operation ?? "SUBMIT", CERTMONGER_CSR: csr },
    CERTMONGER_REQ_PRINCIPAL: "host/client.example.test",
    ...variables?.(),
  };
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const work = () => lab.attempt("env", ["-i", ...settings, ...command, ...args()]);
  const finished = await (configuration === undefined ? work() : lab.withConfiguration(configuration, work));
  return { finished, requests: lab.requests().slice(before) };
}

/** A request as the server sees it, header by header, without what ours asks for in addition: version and chain. */
function comparable({ method, url, headers, body }: Request): object {
  const { "content-length": _, ...others } = headers;
  const call = JSON.parse(body);
  const { chain, version, ...options } = call.params[1];
  return { method, url, headers: others, call: { ...call, params: [call.params[0], options] } };
}

/** Each root, whatever its nickname: the original gives all the same one. */
function rootsIn({ stdout }: Finished): string[] {
  return stdout.replace(/\s+/g, "").match(/MII[A-Za-z0-9+/=]+/g) ?? [];
}
