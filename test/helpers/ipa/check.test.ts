import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allows } from "../../../helpers/ipa/ca-acl.ts";
import { deepProbe, shallowProbe } from "../../../helpers/ipa/probe.ts";
import { type FakeIpa, type FakeIpaReply, startFakeIpa } from "../../../src/testing/servers/fake-ipa.ts";
import { createCsr, readCsr, verifyCsr } from "../../../src/x509/csr.ts";
import { decodeSubjectAltNameExtension } from "../../../src/x509/extensions.ts";
import { generateKey, type KeyPair } from "../../../src/x509/keys.ts";
import type { SubjectAltName } from "../../../src/x509/names.ts";
import { type Recording, recordings } from "./support/recordings.ts";
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
    pair = keyPair,
  }: { subject?: string; names?: readonly SubjectAltName[]; pair?: KeyPair | undefined },
  ...args: string[]
) {
  const machine = makeMachine(ipa);
  const file = join(machine.directory, "csr.pem");
  writeFileSync(file, createCsr({ subject, keyPair: pair, subjectAltNames: names }));
  return await machine.run(["--check", "--csr", file, "-P", "HTTP/client.example.test", ...args]);
}

/** Probes that the recorded server refused for a reason of ours, not for being probes. */
const refusedProbes = recordings.filter(
  (one) => one.name.startsWith("probe-") && !JSON.stringify(one.reply.body).includes("RegisteredID"),
);

function errorOf({ reply }: Recording): { code: number; name: string; message: string; data?: unknown } {
  const { error } = reply.body as { error: { code: number; name: string; message: string; data?: unknown } };
  return error;
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
    expect(stdout).toMatch(
      /ok +localhost:\d+: FreeIPA 4\.12\.2, API 2\.254; takes us for host\/client\.example\.test@/,
    );
    expect(stdout).toMatch(/ok +localhost:\d+: this IPA has a CA/);
    // What needs no CSR to be known.
    expect(stdout).toMatch(/ok +principal host\/client\.example\.test@EXAMPLE\.TEST is there/);
    expect(stdout).toMatch(/ok +profile caIPAserviceCert is there\n/);
    expect(stdout).toMatch(/ok +CA ipa is there and enabled\n/);
    expect(stdout).toMatch(/warning localhost:\d+: 127\.0\.0\.1 port \d+, a certificate of .*ends in 0 days/);
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
    {
      name: "is missing, and how to get it",
      file: "/no/such/keytab",
      says: /ipa-getkeytab -s localhost -p host\/client\.example\.test -k \/no\/such\/keytab\n/,
    },
    {
      name: "is none",
      file: "/etc/passwd",
      says: /FAILED +keytab \/etc\/passwd can not be used: it is no keytab/,
    },
  ])("names a keytab that $name", async ({ file, says }) => {
    const { stdout } = await makeMachine(ipa).run(["--check", "-t", file]);
    expect(stdout).toMatch(says);
  });

  it("goes on with the way to the server when there is no ticket", async () => {
    const noKdc = { TEST_KERBEROS_CODE: "-1765328228" };
    const { exitStatus, stdout } = await makeMachine(ipa).run(["--check"], noKdc);
    expect(exitStatus).toBe(4);
    expect(stdout).toMatch(
      /FAILED +no ticket for host.*port 88\n(warning|ok ) +localhost:\d+: 127\.0\.0\.1 port/,
    );
  });

  it("asks another server when the first is gone, which is the fault that is named", async () => {
    const gone = await startFakeIpa();
    await gone.close();
    const machine = makeMachine({ name: gone.name, caCertificate: ipa.caCertificate });
    machine.rememberMasters(gone.name, ipa.name);
    const { exitStatus, stdout } = await machine.run(["--check", "-K"]);
    expect(exitStatus).toBe(4);
    expect(stdout).toMatch(new RegExp(`FAILED +${gone.name} refuses connections`));
    expect(stdout).toMatch(new RegExp(`warning other server: ${ipa.name}: 127`));
    expect(stdout).toMatch(new RegExp(`ok +${ipa.name}: FreeIPA`));
  });

  const faults: readonly { name: string; method: string; reply: FakeIpaReply; says: RegExp }[] = [
    {
      name: "an API of another age",
      method: "env",
      reply: { error: { code: 901, name: "VersionError", message: "2.251 client incompatible" } },
      says: /FAILED .*901 VersionError: 2\.251 client incompatible; upgrade the older side/,
    },
    {
      name: "a name that is not the server's own",
      method: "env",
      reply: { error: { code: 911, name: "RefererError", message: "Missing or invalid HTTP Referer" } },
      says: /FAILED .*911 RefererError.*use the server's own name/,
    },
    {
      name: "a server that calls itself otherwise",
      method: "env",
      reply: { result: { result: { host: "ipa1.example.test", api_version: "2.254" } } },
      says: /warning localhost:\d+: calls itself ipa1\.example\.test: use that name/,
    },
    {
      name: "an IPA without a CA",
      method: "ca_is_enabled",
      reply: { result: { result: false } },
      says: /FAILED .*this IPA has no CA: add one on a server with ipa-ca-install/,
    },
    {
      name: "a CA that is down",
      method: "/ca/rest/authorities",
      reply: { status: 503 },
      says: /FAILED +the CA behind localhost:\d+ does not answer \(HTTP status 503\): start it there/,
    },
    {
      name: "a login that is not taken",
      method: "env",
      reply: { status: 401, headers: { "www-authenticate": "Negotiate" } },
      says: /FAILED .*did not accept the login \(401\): see its web server's log; a wrong clock/,
    },
    {
      name: "a login that is not forwardable",
      method: "env",
      reply: { status: 401, headers: { "x-ipa-rejection-reason": "denied" } },
      says: /FAILED .*not forwardable, get one with kinit -f/,
    },
  ];
  it.each(faults)("names $name", async ({ method, reply, says }) => {
    ipa.always(method, reply);
    try {
      expect((await makeMachine(ipa).run(["--check", "-K"])).stdout).toMatch(says);
    } finally {
      ipa.always(method, undefined);
    }
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
      "profile caIPAserviceCert is there",
      "CA ipa is there and enabled",
      "CA ACL hosts_services_caIPAserviceCert allows it to HTTP/client.example.test",
      "key RSA 2048 suits profile caIPAserviceCert: RSA 2048,3072,4096",
      "the server's own checks: nothing to object to",
      "the CA's own check: nothing to object to",
    ]) {
      expect(stdout).toContain(`ok      ${line}\n`);
    }
    expect(ipa.issued).toBe(before);
  });

  it.each([
    {
      name: "an alias of the service",
      csr: { names: [{ type: "dns" as const, value: "www.example.test" }] },
      says: "DNS name www.example.test is a name of the principal",
    },
    {
      name: "an alias as the principal",
      csr: { subject: "CN=www.example.test" },
      args: ["-P", "HTTP/www.example.test"],
      says: "principal HTTP/www.example.test is there, and may be written to",
    },
    {
      name: "an alias of our own host as the principal",
      csr: { subject: "CN=alias.example.test" },
      args: ["-P", "host/alias.example.test"],
      says: "principal host/alias.example.test is there, and may be written to",
    },
    {
      name: "a host in capital letters",
      csr: { subject: "CN=CLIENT.example.test" },
      says: "common name CLIENT.example.test is a name of the principal",
    },
    {
      name: "another host that we manage",
      csr: { names: [{ type: "dns" as const, value: "managed.example.test" }] },
      says: "CA ACL hosts_services_caIPAserviceCert allows it to HTTP/managed.example.test",
    },
    {
      name: "the last of several common names",
      csr: { subject: "CN=client.example.test,CN=users,O=Lab" },
      says: "common name client.example.test is a name of the principal",
    },
  ])("takes $name", async ({ csr, args = [], says }) => {
    const { exitStatus, stdout } = await checkCsr(csr, "-K", ...args);
    expect(stdout).toContain(`ok      ${says}\n`);
    expect(exitStatus, stdout).toBe(0);
  });

  it("tells a user's addresses from others", async () => {
    const names = ["alice@example.test", "bob@example.test"].map((value) => ({
      type: "email" as const,
      value,
    }));
    const { stdout } = await checkCsr({ subject: "CN=alice", names }, "-K", "-P", "alice");
    expect(stdout).toMatch(/ok +common name alice is a name of the principal/);
    expect(stdout).toMatch(/ok +e-mail address alice@example\.test is the user's/);
    expect(stdout).toMatch(/FAILED +e-mail address bob@example\.test is not one of the user's: alice@/);
    expect(stdout).toMatch(/FAILED +no CA ACL allows it to alice: .*ipa caacl-add-user ACL --users=alice/);
  });

  it("warns of an entry that keeps very many certificates", async () => {
    const { stdout } = await checkCsr({}, "-K", "-P", "imap/client.example.test");
    expect(stdout).toMatch(/warning principal imap.*keeps 60 certificates.*ipa service-mod --certificate/);
  });

  it("names a CSR that can not be read", async () => {
    const machine = makeMachine(ipa);
    for (const [file, says] of [
      ["/no/such.csr", "ENOENT"],
      ["/etc/passwd", "no PEM"],
    ]) {
      const { exitStatus, stdout } = await machine.run(["--check", "-K", "--csr", file ?? ""]);
      expect(stdout).toMatch(new RegExp(`FAILED +CSR ${file} can not be used: .*${says}`));
      expect(exitStatus).toBe(4);
    }
  });

  it("knows that addresses need IPA's own DNS", async () => {
    const names = [
      { type: "dns" as const, value: "client.example.test" },
      { type: "ip" as const, value: "192.0.2.7" },
    ];
    expect((await checkCsr({ names }, "-K")).stdout).toMatch(
      /FAILED +address 192\.0\.2\.7: this IPA has no DNS of its own/,
    );
    ipa.always("dns_is_enabled", { result: { result: true } });
    try {
      expect((await checkCsr({ names }, "-K")).stdout).toMatch(/warning address 192.*a PTR record back/);
      expect((await checkCsr({ names: names.slice(1) }, "-K")).stdout).toMatch(
        /FAILED +address 192.*there is none: add one/,
      );
    } finally {
      ipa.always("dns_is_enabled", undefined);
    }
  });

  it.each(refusedProbes)("says of a probe what the recorded server said: $name", async (recorded) => {
    ipa.always("cert_request", { error: errorOf(recorded) });
    try {
      const { exitStatus, stdout } = await checkCsr({}, "-K");
      expect(exitStatus).toBe(4);
      expect(stdout).toMatch(
        /FAILED +the server's own checks: localhost:\d+ (denied|failed) the request: \d{4} .*; .+/,
      );
      expect(stdout).not.toMatch(
        /the server's own checks:.*(?:ask an IPA administrator|see the server's log)/,
      );
    } finally {
      ipa.always("cert_request", undefined);
    }
  });

  it.each([
    {
      name: "a key of a kind that the profile does not take",
      csr: { pair: keyPairs[1] },
      says: "key EC nistp256: profile caIPAserviceCert takes RSA 2048,3072,4096: make a key that the profile allows",
    },
    {
      name: "another service's alias",
      csr: { names: [{ type: "dns" as const, value: "shop.example.test" }] },
      says: "DNS name shop.example.test: ipa service-add-host HTTP/shop.example.test --hosts=client.example.test",
    },
    {
      name: "a CA that is disabled",
      args: ["-X", "paused"],
      says: "CA paused is disabled: ipa ca-enable paused",
    },
    {
      name: "a CA that is disabled, by the CA's own check",
      args: ["-X", "paused", "--deep"],
      says: "the CA's own check: localhost:",
    },
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
    {
      name: "a profile that is not there",
      args: ["-T", "nosuch"],
      says: "profile nosuch: nosuch: Certificate Profile not found; check its name (getcert -T): ipa certprofile-find",
    },
    {
      name: "a profile that waits for a person",
      args: ["-T", "agent"],
      says: "profile agent waits for a person",
    },
    {
      name: "a profile that no ACL allows",
      args: ["-T", "agent"],
      says: "no CA ACL allows it to HTTP/client.example.test: ipa caacl-add-profile ACL --certprofiles=agent, ipa caacl-add-service ACL --services=HTTP/client.example.test",
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
      name: "a user that is unknown",
      args: ["-P", "bob"],
      says: "principal bob: bob: user not found; check the name of the user: ipa user-find bob",
    },
    {
      name: "a service of a host that is unknown",
      args: ["-P", "HTTP/ghost.example.test"],
      says: "principal HTTP/ghost.example.test: HTTP/ghost.example.test: service not found; ipa host-add ghost.example.test --force, then ipa service-add HTTP/ghost.example.test --force, then ipa service-add-host",
    },
    {
      name: "a service of another host that is not there",
      args: ["-P", "ldap/managed.example.test"],
      says: "principal ldap/managed.example.test: ldap/managed.example.test: service not found; ipa service-add ldap/managed.example.test --force, then ipa service-add-host",
    },
    {
      name: "a host that is unknown",
      args: ["-P", "host/ghost.example.test"],
      says: "principal host/ghost.example.test: ghost.example.test: host not found; ipa host-add ghost.example.test --force, then ipa host-add-managedby ghost.example.test --hosts=client.example.test",
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
    // Of sections on requests, CA certificates, profiles and reading beforehand in the recorded facts.
    const reading = [
      ...["env", "ca_is_enabled", "dns_is_enabled", "batch", "host_show", "service_show", "user_show"],
      ...["host_find", "service_find", "certprofile_show", "ca_show", "caacl_find"],
    ];
    const called = new Set(methodsCalled());
    expect(called).toEqual(new Set([...reading, "cert_request"]));
    const pages = ipa.requests.flatMap(({ call, method, path }) => (call ? [] : [`${method} ${path}`]));
    expect(new Set(pages)).toEqual(new Set(["GET /ca/rest/authorities"]));
    // And what it asks for can not be issued, nor makes a service.
    for (const { call } of ipa.requests) {
      expect(call?.method === "batch" && JSON.stringify(call).includes("cert_request")).toBe(false);
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
