import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { certmonger, managerInterface } from "../../src/bus/certmonger.ts";
import { asText, type BusValue, Variant } from "../../src/bus/values.ts";
import { Client } from "../../src/getcert/client.ts";
import { readRequests } from "../../src/getcert/request-view.ts";
import { readCsr } from "../../src/x509/csr.ts";
import { extensionOid } from "../../src/x509/extensions.ts";
import { CertmongerLab } from "./support/certmonger-lab.ts";
import { eventually } from "./support/eventually.ts";
import { OurDaemon } from "./support/our-daemon.ts";
import { need } from "./support/peers.ts";
import { run } from "./support/run.ts";

const { leaveOut, note } = need("certmonger", "openssl");

const text = (value: string) => new Variant("s", value);
const texts = (...values: string[]) => new Variant("as", values);
const flag = (value: boolean) => new Variant("b", value);
const number = (value: bigint) => new Variant("x", value);

/** What a client asks of a request, by the names of D-Bus; `%` is the directory of the case. */
const asked: Readonly<Record<string, Readonly<Record<string, BusValue>>>> = {
  "nothing but a subject": {},
  "no subject": { "template-subject": text("") },
  "names of every kind": {
    "template-hostname": texts("a.example.test", "*.b.example.test"),
    "template-email": texts("a@b.c"),
    "template-principal": texts("host/a@R.EXAMPLE", "x\\@y@R", "host/a@R.EXAMPLE"),
    "template-ip-address": texts("192.0.2.1", "2001:db8::1"),
  },
  "an address that is none": { "template-ip-address": texts("300.1.1.1", "192.0.2.1") },
  "key usages": { "template-ku": text("0110001") },
  "extended key usages": {
    "template-eku": texts("id-kp-serverAuth", "1.2.3.4", "id-pkinit-KPKdc", "id-ms-kp-sc-logon", "nonsense"),
  },
  "a CA": { "template-is-ca": flag(true) },
  "a CA with a path length": { "template-is-ca": flag(true), "template-ca-path-length": number(3n) },
  "a CA without a limit": { "template-is-ca": flag(true), "template-ca-path-length": number(-1n) },
  "OCSP responders": { "template-ocsp": texts("http://ocsp.example.test/", "http://o2.example.test/x") },
  "CRL addresses": { "template-crldp": texts("http://c.example.test/a.crl", "http://d.example.test/") },
  "a Netscape comment": { "template-ns-comment": text("Grüße") },
  "a profile": { "template-profile": text("Größe") },
  "a Microsoft template": {
    "template-ms-certificate-template": text("1.3.6.1.4.1.311.21.8.1:128:4294967295"),
  },
  "a Microsoft template without a minor version": { "template-ms-certificate-template": text("1.2.3:100") },
  "a challenge password": { "template-challenge-password": text("se_cret") },
  "a challenge password in a file": { "template-challenge-password-file": text("%/challenge") },
  "a challenge password in a file that is not there": {
    "template-challenge-password-file": text("%/nothing"),
  },
  everything: {
    "template-ku": text("1"),
    "template-eku": texts("id-kp-clientAuth"),
    "template-hostname": texts("a"),
    "template-is-ca": flag(true),
    "template-ocsp": texts("http://o/"),
    "template-crldp": texts("http://c/"),
    "template-ns-comment": text("c"),
    "template-profile": text("p"),
    "template-ms-certificate-template": text("1.2.3:1"),
    "template-challenge-password": text("x"),
  },
  ...Object.fromEntries(
    [
      "C=US,ST=CA,L=x,O=y,OU=z,CN=w,emailAddress=a@b.c",
      "title=Dr,street=s,GN=g,SN=s,initials=i,dnQualifier=q,pseudonym=p,serialNumber=1,DC=d,UID=u,telephoneNumber=t",
      "CN=a+O=b+OU=c,L=d",
      "CN=*.example.test,O=a_b",
      "CN=Grüße,O=日本",
      "cn = a , o=b",
      "CN=a\\,b\\2Bc\\C3\\BC,O=x=y",
      "CN=#0c0161,O=b",
      "2.5.4.3=x,1.2.3.4=y",
      "E=a@b.c,bogus=1,organizationname=z,CN=x",
      "C=USA,serialNumber=a_b,DC=ü,O=,CN=x",
      `O=${"x".repeat(80)},CN=${"x".repeat(80)}`,
      'CN="quoted",O=b',
      "CN=a;O=b",
      "OID.2.5.4.3=x",
      "/O=x/CN=y",
      "no name at all",
      "CN=a,",
    ].map((subject) => [`the subject ${subject}`, { "template-subject": text(subject) }]),
  ),
};

/** What no client can ask for, in the file of a request. Few: certmonger takes them five seconds apart. */
const stored: Readonly<Record<string, string>> = {
  "no OCSP check, the freshest CRL, a Netscape certificate type and a subject in DER":
    "template_no_ocsp_check=1\ntemplate_freshest_crl=http://f/,http://g/\ntemplate_ns_certtype=client,objCA,nonsense\n" +
    "template_subject_der=30133111300F06035504030C08746573742D646572",
  "a subject in DER that is none": "template_subject_der=ABCD\ntemplate_subject=CN=text",
};

interface Outcome {
  readonly state: string;
  /** Hexadecimal, without the identifier of the key and the signature. */
  readonly csr: string;
  readonly spkac: string;
}

describe.skipIf(leaveOut)(`the CSRs of our daemon are certmonger's${note}`, () => {
  let certmongers: ReadonlyMap<string, Outcome>;
  let ours: ReadonlyMap<string, Outcome>;
  let seed: string;

  beforeAll(async () => {
    seed = await mkdtemp(join(tmpdir(), "csr-seed-"));
    await run("openssl", ["genpkey", "-algorithm", "RSA", "-out", join(seed, "key.pem")]);
    const lab = await CertmongerLab.start();
    const daemon = await OurDaemon.start();
    try {
      // Both find the same requests in their files when they start.
      for (const directory of [lab.directory, daemon.directory]) sow(seed, directory);
      await Promise.all([
        lab.stopDaemon().then(() => lab.startDaemon()),
        daemon.stopDaemon().then(() => daemon.startDaemon()),
      ]);
      [certmongers, ours] = await Promise.all([
        ask(seed, lab.directory, `unix:path=${lab.path("socket")}`),
        ask(seed, daemon.directory, daemon.address),
      ]);
    } finally {
      await Promise.all([lab.stop(), daemon.stop()]);
    }
  });
  afterAll(async () => await rm(seed, { recursive: true }));

  it.each([...Object.keys(asked), ...Object.keys(stored)])("%s", (name) => {
    expect(certmongers.get(name)?.state).toMatch(/^NEED_/);
    expect(ours.get(name)).toEqual(certmongers.get(name));
  });
});

/** A directory for each case, with the key that all of them share. */
function place(seed: string, directory: string, name: string): string {
  const own = join(directory, "csr", String([...Object.keys(asked), ...Object.keys(stored)].indexOf(name)));
  mkdirSync(own, { recursive: true });
  copyFileSync(join(seed, "key.pem"), join(own, "key.pem"));
  writeFileSync(join(own, "challenge"), "from a file\nnot this\n");
  return own;
}

function sow(seed: string, directory: string): void {
  mkdirSync(join(directory, "requests"), { recursive: true });
  for (const [number, [name, lines]] of Object.entries(stored).entries()) {
    const own = place(seed, directory, name);
    const storage = ["key", "cert"].map(
      (part) => `${part}_storage_type=FILE\n${part}_storage_location=${own}/${part}.pem\n`,
    );
    const record = `id=${name}\nstate=NEWLY_ADDED\nmonitor=1\nautorenew=1\n${storage.join("")}${lines}\n`;
    writeFileSync(join(directory, "requests", `case-${number}`), record);
  }
}

async function ask(seed: string, directory: string, address: string): Promise<ReadonlyMap<string, Outcome>> {
  const client = await Client.connect("private", { CERTMONGER_PVT_ADDRESS: address }, true);
  try {
    for (const [name, parameters] of Object.entries(asked)) {
      const own = place(seed, directory, name);
      const all = new Map<string, BusValue>([
        ...Object.entries({ "template-subject": text("CN=www.example.test,O=Lab"), ...parameters }),
        ["NICKNAME", text(name)],
        ...["KEY", "CERT"].flatMap((part): [string, BusValue][] => [
          [`${part}_STORAGE`, text("FILE")],
          [`${part}_LOCATION`, text(join(own, `${part.toLowerCase()}.pem`))],
        ]),
      ]);
      const file = all.get("template-challenge-password-file");
      if (file instanceof Variant) {
        all.set("template-challenge-password-file", text(String(file.value).replace("%", own)));
      }
      const added = await client.call(certmonger.path, managerInterface, "add_request", "a{sv}", [all]);
      const path = asText(added[1]) ?? "";
      // Two at once would go five seconds apart in certmonger.
      await eventually(`"${name}" has its CSR`, async () => isDone((await client.status(path)).state), {
        deadlineMs: 90_000,
      });
    }
    await eventually(
      "all CSRs are made",
      async () => (await readRequests(client)).every(({ state = "" }) => isDone(state)),
      { deadlineMs: 90_000 },
    );
    const files = readdirSync(join(directory, "requests")).map((file) =>
      readFileSync(join(directory, "requests", file), "utf8"),
    );
    return new Map(files.map((record) => [/^id=(.*)$/m.exec(record)?.[1] ?? "", outcome(record)]));
  } finally {
    client.close();
  }
}

/** Nobody names a CA: so all of them end with their CSR. */
const isDone = (state: string): boolean => state !== "NEED_CSR" && state.startsWith("NEED_");

function outcome(record: string): Outcome {
  const pem = /^csr=(-----BEGIN[\s\S]*?-----END.*)$/m.exec(record)?.[1]?.replace(/^ /gm, "");
  return {
    state: /^state=(.*)$/m.exec(record)?.[1] ?? "",
    csr: pem === undefined ? "" : withoutKeyIdentifier(pem),
    spkac: /^spkac=(.*)$/m.exec(record)?.[1] ?? "",
  };
}

/** certmonger 0.79.17 takes the identifier of an RSA key in a file from memory that it has given back. */
function withoutKeyIdentifier(pem: string): string {
  const { tbsDer, extensions } = readCsr(pem);
  const kinds = [extensionOid.subjectKeyIdentifier, extensionOid.authorityKeyIdentifier] as string[];
  return extensions
    .filter(({ oid }) => kinds.includes(oid))
    .map(({ valueDer }) => Buffer.from(valueDer).toString("hex").slice(-40))
    .reduce((hex, identifier) => hex.replaceAll(identifier, "(key)"), Buffer.from(tbsDer).toString("hex"));
}
