import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { splitPem } from "../../../protocol/index.ts";
import { type FakeIpa, startFakeIpa } from "../../../src/testing/servers/fake-ipa.ts";
import { readCertificate } from "../../../src/x509/certificate.ts";
import { carriesKeyOf } from "../../../src/x509/chain.ts";
import { readCsr } from "../../../src/x509/csr.ts";
import { recording } from "./support/recordings.ts";
import { makeMachine, newCsr, principal, submission } from "./support/run.ts";

let ipa: FakeIpa;

beforeAll(async () => {
  ipa = await startFakeIpa();
});
afterAll(async () => {
  await ipa.close();
});

describe("SUBMIT", () => {
  it("prints the certificate for the CSR's key, and its chain", async () => {
    const machine = makeMachine(ipa);
    const csr = newCsr();
    const { exitStatus, stdout, stderr } = await machine.run([], submission({ CERTMONGER_CSR: csr }));
    expect(exitStatus, stdout + stderr).toBe(0);
    const [leaf, issuer, ...others] = splitPem(stdout).map(({ text }) => readCertificate(text));
    expect(others).toEqual([]);
    expect(leaf && carriesKeyOf(leaf, readCsr(csr))).toBe(true);
    expect(issuer?.subject).toBe(readCertificate(ipa.authority.certificate).subject);
  });

  it("sends the headers and the envelope that a real server accepted", async () => {
    const machine = makeMachine(ipa);
    const csr = newCsr();
    await machine.run(["-T", "caIPAserviceCert", "-X", "ipa"], submission({ CERTMONGER_CSR: csr }));
    const sent = ipa.requests.at(-1);
    const recorded = recording("chain");
    const expected = Object.keys(recorded.request.headers).filter((name) => name !== "user-agent");
    expect(
      Object.keys(sent?.headers ?? {})
        .filter((name) => name !== "connection")
        .sort(),
    ).toEqual(expected.sort());
    expect(sent?.headers).toMatchObject({
      host: ipa.name,
      "content-type": recorded.request.headers["content-type"],
      accept: recorded.request.headers.accept,
      referer: ipa.url,
    });
    expect(JSON.parse(sent?.body ?? "")).toEqual({
      method: "cert_request",
      params: [
        [splitPem(csr)[0]?.base64.replace(/\s/g, "")],
        { principal, profile_id: "caIPAserviceCert", cacn: "ipa", add: true, chain: true, version: "2.251" },
      ],
    });
  });

  it("leaves out what nobody asked for, and what is empty", async () => {
    const machine = makeMachine(ipa);
    await machine.run(["--no-add"], submission({ CERTMONGER_CA_PROFILE: "", CERTMONGER_CA_ISSUER: "" }));
    const { params } = JSON.parse(ipa.requests.at(-1)?.body ?? "");
    expect(params[1]).toEqual({ principal, chain: true, version: "2.251" });
  });

  it("prefers the options to the request", async () => {
    const machine = makeMachine(ipa);
    const request = submission({ CERTMONGER_CA_PROFILE: "theirs", CERTMONGER_CA_ISSUER: "theirs" });
    await machine.run(["-P", "host/ours", "-T", "ours", "-X", "ipa"], request);
    const { params } = JSON.parse(ipa.requests.at(-1)?.body ?? "");
    expect(params[1]).toMatchObject({ principal: "host/ours", profile_id: "ours", cacn: "ipa" });
  });

  it("reads a server of 4.9, whose numbers are numbers", async () => {
    const old = await startFakeIpa({ release: "4.9" });
    try {
      const { exitStatus, stdout } = await makeMachine(old).run([], submission());
      expect(exitStatus, stdout).toBe(0);
    } finally {
      await old.close();
    }
  });

  it("POLL is SUBMIT again", async () => {
    const variables = submission({ CERTMONGER_OPERATION: "POLL", CERTMONGER_CA_COOKIE: "anything" });
    expect((await makeMachine(ipa).run([], variables)).exitStatus).toBe(0);
  });

  it("gives the same certificate when certmonger asks for the same CSR again", async () => {
    const machine = makeMachine(ipa);
    const request = submission();
    const before = ipa.issued;
    const first = await machine.run([], request);
    const second = await machine.run([], request);
    expect(second.stdout).toBe(first.stdout);
    expect(ipa.issued - before).toBe(1);
  });

  it("asks one after the other for one principal", async () => {
    const slow = await startFakeIpa({ delayMs: 700 });
    try {
      const machine = makeMachine(slow);
      const runs = await Promise.all([1, 2, 3].map(() => machine.run([], submission())));
      expect(runs.map(({ exitStatus }) => exitStatus)).toEqual([0, 0, 0]);
      expect(slow.mostAtOnce).toBe(1);
      // Nobody waits for another principal.
      const others = ["host/a", "host/b"].map((name) => machine.run(["-P", name], submission()));
      expect((await Promise.all(others)).map(({ exitStatus }) => exitStatus)).toEqual([0, 0]);
      expect(slow.mostAtOnce).toBe(2);
    } finally {
      await slow.close();
    }
  });
});

describe("an option that an old server does not know", () => {
  const unknown = (option: string) => ({
    error: { code: 3005, name: "OptionError", message: `Unknown option: ${option}`, data: { option } },
  });

  it("is `chain`: asks without, and takes the chain from ca_show", async () => {
    const before = ipa.calls.length;
    ipa.next(unknown("chain"));
    const { exitStatus, stdout } = await makeMachine(ipa).run([], submission());
    expect(exitStatus, stdout).toBe(0);
    expect(splitPem(stdout)).toHaveLength(2);
    expect(ipa.calls.slice(before)).toEqual(["cert_request", "cert_request", "ca_show"]);
  });

  it.each([
    { option: "cacn", flag: "-X", says: /does not know the issuer \(getcert -X\).*--drop-unknown/ },
    { option: "profile_id", flag: "-T", says: /does not know the profile \(getcert -T\).*--drop-unknown/ },
  ])("is `$option`: refuses, because another certificate would come", async ({ option, flag, says }) => {
    const before = ipa.issued;
    ipa.next(unknown(option));
    const { exitStatus, firstLine } = await makeMachine(ipa).run([flag, "ipa"], submission());
    expect({ exitStatus, firstLine }).toEqual({ exitStatus: 2, firstLine: expect.stringMatching(says) });
    expect(ipa.issued).toBe(before);
  });

  it("is left out with --drop-unknown", async () => {
    ipa.next(unknown("cacn"), unknown("profile_id"));
    const args = ["-X", "other", "-T", "web", "--drop-unknown"];
    const { exitStatus, stdout } = await makeMachine(ipa).run(args, submission());
    expect(exitStatus, stdout).toBe(0);
  });
});

describe("a session", () => {
  it("logs in once for several calls, by the cookie", async () => {
    const before = ipa.requests.length;
    ipa.next({ error: { code: 4002, name: "DuplicateEntry", message: "it already exists" } });
    const { exitStatus } = await makeMachine(ipa).run([], submission());
    expect(exitStatus).toBe(0);
    const [first, second] = ipa.requests.slice(before);
    expect(first?.headers).toHaveProperty("authorization");
    expect(second?.headers).not.toHaveProperty("authorization");
    expect(second?.headers.cookie).toMatch(/^ipa_session=/);
  });

  it("logs in anew when the cookie is not taken", async () => {
    ipa.next(
      { error: { code: 4002, name: "DuplicateEntry", message: "it already exists" } },
      { status: 401, headers: { "www-authenticate": "Negotiate" } },
    );
    const { exitStatus, stdout } = await makeMachine(ipa).run([], submission());
    expect(exitStatus, stdout).toBe(0);
  });
});

describe("a user and a password", () => {
  it("log in by the login page, and appear nowhere", async () => {
    const server = await startFakeIpa({ passwords: { alice: "Correct-Horse-7" } });
    try {
      const machine = makeMachine(server);
      const file = join(machine.directory, "password");
      execFileSync("sh", ["-c", 'umask 077; printf "Correct-Horse-7\\n" > "$1"', "sh", file]);
      const ran = await machine.run(["-vv", "-u", "alice", "-w", file], submission());
      expect(ran.exitStatus, ran.stdout).toBe(0);
      expect(server.requests.map(({ path }) => path)).toEqual(["/ipa/session/login_password", "/ipa/json"]);
      expect(server.requests[1]?.headers).not.toHaveProperty("authorization");
      expect(ran.stdout + ran.stderr).not.toContain("Correct-Horse");
      expect(filesBelow(join(machine.directory, "state")).join()).not.toContain("Correct-Horse");
    } finally {
      await server.close();
    }
  });

  it("that are wrong make it unreachable, as certmonger's own helper has it", async () => {
    const server = await startFakeIpa({ passwords: { alice: "Correct-Horse-7" } });
    try {
      const ran = await makeMachine(server).run(["-u", "alice", "-W", "Wrong-Mule-8"], submission());
      expect(ran.exitStatus).toBe(3);
      expect(ran.firstLine).toMatch(/the password is wrong, or there is no such user/);
      expect(ran.stdout + ran.stderr).not.toContain("Wrong-Mule");
    } finally {
      await server.close();
    }
  });
});

describe("what is kept", () => {
  it("can not be kept at all: requests do not take turns then, and are answered", async () => {
    const machine = makeMachine(ipa);
    const args = ["--state-directory", join(machine.directory, "default.conf", "state")];
    const { exitStatus, stdout, stderr } = await machine.run(args, submission());
    expect(exitStatus, stdout).toBe(0);
    expect(stderr).toMatch(/requests do not take turns/);
  });

  it("holds no session and no token, and only its owner can read it", async () => {
    const machine = makeMachine(ipa);
    await machine.run(["-vv"], submission());
    const files = filesBelow(join(machine.directory, "state"));
    expect(files.length).toBeGreaterThan(0);
    for (const text of files) expect(text).not.toMatch(/ipa_session|fake-token|Negotiate/);
    expect(existsSync(join(machine.directory, "state", "answers"))).toBe(true);
    expect(statSync(join(machine.directory, "state", "answers")).mode & 0o077).toBe(0);
  });
});

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));
}
