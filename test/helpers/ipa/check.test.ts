import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allows } from "../../../helpers/ipa/ca-acl.ts";
import { deepProbe, shallowProbe } from "../../../helpers/ipa/probe.ts";
import { type FakeIpa, startFakeIpa } from "../../../src/testing/servers/fake-ipa.ts";
import { createCsr, readCsr, verifyCsr } from "../../../src/x509/csr.ts";
import { decodeSubjectAltNameExtension } from "../../../src/x509/extensions.ts";
import { generateKey } from "../../../src/x509/keys.ts";
import type { SubjectAltName } from "../../../src/x509/names.ts";
import { makeMachine } from "./support/run.ts";

let ipa: FakeIpa;

beforeAll(async () => {
  ipa = await startFakeIpa();
});
afterAll(async () => {
  await ipa.close();
});

const keyPairs = [generateKey("RSA-2048"), generateKey("EC-P256"), generateKey("Ed25519")];
const [keyPair = generateKey("RSA-2048")] = keyPairs;

async function checkCsr(
  {
    subject = "CN=client.example.test",
    names = [{ type: "dns", value: "client.example.test" }],
  }: { subject?: string; names?: readonly SubjectAltName[] },
  ...args: string[]
) {
  const machine = makeMachine(ipa);
  const file = join(machine.directory, "csr.pem");
  writeFileSync(file, createCsr({ subject, keyPair, subjectAltNames: names }));
  return await machine.run(["--check", "--csr", file, "-P", "HTTP/client.example.test", ...args]);
}

/** The methods that were called, those inside of a batch too. */
function methodsCalled(): string[] {
  return ipa.requests.flatMap(({ call }) => {
    const [[calls] = []] = (call?.params ?? []) as [{ method: string }[][]?];
    const inside = call?.method === "batch" ? (calls ?? []).map(({ method }) => method) : [];
    return call === undefined ? [] : [call.method, ...inside];
  });
}

describe("--check", () => {
  it("reports who we are, the server, and what is missing, and asks for no certificate", async () => {
    const before = ipa.requests.length;
    const { stdout } = await makeMachine(ipa).run(["--check", "-K"]);
    expect(stdout).toMatch(/ok +ticket: host\/client\.example\.test@EXAMPLE\.TEST/);
    expect(stdout).toMatch(/ok +localhost:\d+: FreeIPA 4\.12\.2, API 2\.254/);
    expect(stdout).toMatch(/ok +localhost:\d+: has a CA/);
    expect(stdout).toMatch(/warning +other servers: none is known/);
    expect(stdout).toMatch(/\nready\n$/);
    expect(ipa.requests.slice(before).map(({ call }) => call?.method)).not.toContain("cert_request");
  });

  it("says what certmonger would be told when the server is gone", async () => {
    const gone = await startFakeIpa();
    await gone.close();
    const { exitStatus, stdout } = await makeMachine(gone).run(["--check", "-K"]);
    expect(exitStatus).toBe(4);
    expect(stdout).toMatch(/FAILED +localhost:\d+ refuses connections/);
  });

  it.each([
    { name: "is missing", file: "/no/such/keytab", says: /FAILED +keytab \/no\/such\/keytab is not there/ },
    { name: "is none", file: "/etc/passwd", says: /FAILED +keytab \/etc\/passwd: it is no keytab/ },
  ])("names a keytab that $name", async ({ file, says }) => {
    const { stdout } = await makeMachine(ipa).run(["--check", "-t", file]);
    expect(stdout).toMatch(says);
  });
});

describe("--check --csr", () => {
  it("finds nothing wrong with a request that would be issued, and issues nothing", async () => {
    const before = ipa.issued;
    const { exitStatus, stdout } = await checkCsr({}, "-K", "--deep");
    expect(exitStatus, stdout).toBe(0);
    for (const line of [
      "principal HTTP/client.example.test is there, and may be written to",
      "common name client.example.test is a name of the principal",
      "DNS name client.example.test is a name of the principal",
      "profile caIPAserviceCert is there; keys: RSA 2048,3072,4096",
      "CA ipa is there and enabled",
      "CA ACL hosts_services_caIPAserviceCert allows it",
      "the server's own checks: nothing to object to",
      "the CA's own check: nothing to object to",
    ]) {
      expect(stdout).toContain(`ok      ${line}\n`);
    }
    expect(ipa.issued).toBe(before);
  });

  it.each([
    {
      name: "a common name of somebody else",
      csr: { subject: "CN=other.example.test" },
      says: "common name other.example.test: ask for another common name, or make it an alias: ipa service-add-principal HTTP/client.example.test HTTP/other.example.test",
    },
    { name: "no common name", csr: { subject: "O=Lab" }, says: "the CSR's subject has no common name" },
    {
      name: "a host that we do not manage",
      csr: { names: [{ type: "dns" as const, value: "other.example.test" }] },
      says: "DNS name other.example.test: ipa service-add-host HTTP/other.example.test --hosts=client.example.test",
    },
    {
      name: "a host that is not there",
      csr: { names: [{ type: "dns" as const, value: "ghost.example.test" }] },
      says: "DNS name ghost.example.test: make it an alias: ipa service-add-principal HTTP/client.example.test HTTP/ghost.example.test",
    },
    {
      name: "an e-mail address",
      csr: { names: [{ type: "email" as const, value: "web@example.test" }] },
      says: "e-mail address web@example.test: IPA gives it to users only",
    },
    {
      name: "a URI",
      csr: { names: [{ type: "uri" as const, value: "https://example.test/" }] },
      says: "a name of type uri: IPA never issues it",
    },
    { name: "a profile that is not there", args: ["-T", "nosuch"], says: "profile nosuch: 4001 NotFound" },
    {
      name: "a profile that waits for a person",
      args: ["-T", "agent"],
      says: "profile agent waits for a person",
    },
    {
      name: "a profile that no ACL allows",
      args: ["-T", "agent"],
      says: "no CA ACL allows it: the profile does not exist, or no CA ACL",
    },
    {
      name: "a CA that is not there",
      args: ["-X", "nosuch"],
      says: "CA nosuch: 4001 NotFound: nosuch: Certificate Authority not found",
    },
    {
      name: "a principal that we do not manage",
      args: ["-P", "HTTP/other.example.test"],
      says: "principal HTTP/other.example.test is not managed by client.example.test: ipa service-add-host HTTP/other.example.test --hosts=client.example.test",
    },
    {
      name: "a host that is unknown",
      args: ["-P", "host/ghost.example.test"],
      says: "principal host/ghost.example.test: ghost.example.test: host not found",
    },
  ])("names $name, and what to do", async ({ csr = {}, args = [], says }) => {
    const { exitStatus, stdout } = await checkCsr(csr, "-K", ...args);
    expect(stdout).toContain(`FAILED  ${says}`);
    expect(exitStatus).toBe(4);
  });

  it("takes a service of our own that is missing for one that will be made", async () => {
    const { stdout } = await checkCsr({}, "-K", "-P", "ldap/client.example.test");
    expect(stdout).toMatch(/ok +service ldap\/client\.example\.test is not there; the request will make it/);
    const without = await checkCsr({}, "-K", "-P", "ldap/client.example.test", "--no-add");
    expect(without.stdout).toMatch(/FAILED +principal ldap\/client\.example\.test/);
  });

  it("raises the alarm when a probe is issued", async () => {
    ipa.always("cert_request", { result: { result: { serial_number_hex: "0x2A", certificate: "x" } } });
    try {
      const { exitStatus, stdout } = await checkCsr({}, "-K");
      expect(exitStatus).toBe(4);
      expect(stdout).toMatch(/FAILED .*was issued, serial number 0x2A: revoke it with ipa cert-revoke 0x2A/);
    } finally {
      ipa.always("cert_request", undefined);
    }
  });

  it("calls nothing that changes anything", () => {
    const reading = [
      ...["env", "ca_is_enabled", "batch", "host_show", "service_show", "user_show", "certprofile_show"],
      ...["ca_show", "caacl_find"],
    ];
    const others = methodsCalled().filter((method) => !reading.includes(method));
    expect(new Set(others)).toEqual(new Set(["cert_request"]));
    // And what it asks for can not be issued, nor makes a service.
    for (const { call } of ipa.requests) {
      if (call?.method !== "cert_request") continue;
      const [[csr], options] = call.params as [[string], { add?: boolean }];
      expect(verifyCsr(readCsr(Buffer.from(csr, "base64")))).toBe("invalid");
      expect(options.add).toBeUndefined();
    }
  });
});

describe("a probe", () => {
  it.each(keyPairs)(
    "has the subject, the key and the names of the CSR, and can not be issued: %#",
    (pair) => {
      const names = [{ type: "dns" as const, value: "www.example.test" }];
      const csr = readCsr(
        createCsr({ subject: "CN=www.example.test,O=Lab", keyPair: pair, subjectAltNames: names }),
      );
      for (const probe of [shallowProbe(csr), deepProbe(csr)]) {
        const made = readCsr(Buffer.from(probe, "base64"));
        expect(made.subject).toBe(csr.subject);
        expect(Buffer.compare(made.spkiDer, csr.spkiDer)).toBe(0);
        expect(decodeSubjectAltNameExtension(made.extensions)?.slice(0, 1)).toEqual(names);
        expect(verifyCsr(made)).toBe("invalid");
      }
      const last = decodeSubjectAltNameExtension(
        readCsr(Buffer.from(shallowProbe(csr), "base64")).extensions,
      )?.at(-1);
      expect(last).toEqual({ type: "other", der: expect.anything() });
    },
  );
});

describe("a CA ACL", () => {
  const acl = { ipaenabledflag: [true], hostcategory: ["all"], ipamembercertprofile_certprofile: ["web"] };
  const host = { ca: "ipa", profile: "web", kind: "host", name: "c.test", groups: ["g"] } as const;
  it.each([
    { name: "that fits", acl, asked: host, allowed: true },
    { name: "that is disabled", acl: { ...acl, ipaenabledflag: [false] }, asked: host, allowed: false },
    { name: "without a CA, for another than ipa", acl, asked: { ...host, ca: "sub" }, allowed: false },
    { name: "with a CA, for ipa", acl: { ...acl, ipamemberca_ca: ["sub"] }, asked: host, allowed: false },
    {
      name: "for all CAs",
      acl: { ...acl, ipacacategory: ["all"] },
      asked: { ...host, ca: "sub" },
      allowed: true,
    },
    { name: "for another profile", acl, asked: { ...host, profile: "x" }, allowed: false },
    {
      name: "for a host group",
      acl: { ...acl, hostcategory: [], memberhost_hostgroup: ["g"] },
      asked: host,
      allowed: true,
    },
    {
      name: "for a host group, asked by a service",
      acl: { ...acl, hostcategory: [], memberhost_hostgroup: ["g"] },
      asked: { ...host, kind: "service", name: "HTTP/c.test" } as const,
      allowed: false,
    },
    {
      name: "for a service, with its realm",
      acl: { ...acl, memberservice_service: ["HTTP/c.test@X.TEST"] },
      asked: { ...host, kind: "service", name: "HTTP/c.test" } as const,
      allowed: true,
    },
    {
      name: "for users",
      acl: { ...acl, usercategory: ["all"] },
      asked: { ...host, kind: "user", name: "u" } as const,
      allowed: true,
    },
  ])("$name: $allowed", ({ acl: given, asked, allowed }) => {
    expect(allows(given, asked)).toBe(allowed);
  });
});
