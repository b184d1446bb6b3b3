import { spawn } from "node:child_process";
import { readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { splitPem } from "../../../protocol/index.ts";
import { type FakeIpa, type FakeIpaReply, startFakeIpa } from "../../../src/testing/servers/fake-ipa.ts";
import { makeMachine, principal, submission, type TestMachine } from "./support/run.ts";

let ipa: FakeIpa;
let replica: FakeIpa;
let machine: TestMachine;

beforeEach(async () => {
  ipa = await startFakeIpa();
  replica = await startFakeIpa({ likeServer: ipa });
  machine = makeMachine(ipa);
});
afterEach(async () => {
  await Promise.all([ipa.close(), replica.close()]);
});

const marks = () =>
  readdirSync(join(machine.directory, "state", "turns")).filter((name) => name.endsWith(".asked"));

describe("an answer that is lost after the certificate was issued", () => {
  it("is asked for at the same server, which issues no second one", async () => {
    machine.rememberMasters(ipa.name, replica.name);
    ipa.next("lost");
    const { exitStatus, stdout } = await machine.run([], submission());
    expect(exitStatus, stdout).toBe(0);
    expect([ipa.issued, replica.issued]).toEqual([1, 0]);
    const [leaf] = splitPem(stdout);
    expect(leaf?.base64.replace(/\s/g, "")).toBe(ipa.certificatesOf(principal)[0]);
    expect(splitPem(stdout), "with its chain").toHaveLength(2);
    expect(marks()).toEqual([]);
  });

  it("is asked for in the next run when the server was not to be had any more in this one", async () => {
    ipa.next("lost", { status: 503 });
    const request = submission();
    expect((await machine.run([], request)).exitStatus).toBe(3);
    expect(marks()).toHaveLength(1);
    const second = await machine.run([], request);
    expect(second.exitStatus, second.stdout).toBe(0);
    expect(ipa.issued).toBe(1);
    expect(marks()).toEqual([]);
  });

  it("is asked for by the run after one that was killed while it waited", async () => {
    const slow = await startFakeIpa({ delayMs: 1_000 });
    machine = makeMachine(slow);
    const request = submission();
    const { command, environment } = machine.commandLine([], request);
    const [program = "", ...args] = command;
    const child = spawn(program, args, { env: environment, stdio: "ignore" });
    while (slow.mostAtOnce === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGKILL");
    while (slow.issued === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const next = await machine.run([], request);
    expect(next.exitStatus, next.stdout).toBe(0);
    expect(slow.issued).toBe(1);
    await slow.close();
  });

  it("is nothing to a request for other names, another profile, or of another month", async () => {
    ipa.next("lost", { status: 503 });
    const request = submission();
    await machine.run([], request);
    await machine.run(["-T", "caIPAserviceCert"], request);
    expect(ipa.issued, "another profile").toBe(2);
    const [mark = ""] = marks();
    const longAgo = new Date(Date.now() - 30 * 24 * 60 * 60 * 1_000);
    utimesSync(join(machine.directory, "state", "turns", mark), longAgo, longAgo);
    await machine.run([], request);
    expect(ipa.issued, "another month").toBe(3);
  });

  it("is not taken for a certificate of another CA that is in the entry", async () => {
    const request = submission();
    // The fake replica signs with a CA of its own: what it issued for this CSR is in our entry, by whatever way.
    const elsewhere = makeMachine(replica);
    expect((await elsewhere.run([], request)).exitStatus).toBe(0);
    const [planted = ""] = replica.certificatesOf(principal);
    ipa.next("close", batchWith({ usercertificate: [{ __base64__: planted }] }));
    const { exitStatus, stdout } = await machine.run([], request);
    expect({ exitStatus, stdout }).toEqual({
      exitStatus: 3,
      stdout: expect.stringContaining("closed the connection"),
    });
    expect(
      ipa.calls.filter((method) => method === "ca_show"),
      "whose certificate it is was looked at",
    ).toHaveLength(1);
  });

  it("is not taken for a certificate of other names in the same entry", async () => {
    machine.rememberMasters(ipa.name, replica.name);
    expect((await makeMachine(ipa).run([], submission())).exitStatus).toBe(0);
    ipa.next("close");
    const { exitStatus, stdout } = await machine.run([], submission());
    expect(exitStatus, stdout).toBe(0);
    expect([ipa.issued, replica.issued]).toEqual([1, 1]);
  });
});

/** The answer to a batch of one call that shows an entry. */
const batchWith = (entry: object): FakeIpaReply => ({
  result: { count: 1, results: [{ result: entry, error: null }] },
});

const definite: readonly { name: string; reply: FakeIpaReply; exitStatus: number }[] = [
  { name: "a refusal", reply: { error: { code: 2100, name: "ACIError", message: "no" } }, exitStatus: 2 },
  {
    name: "a login that is not taken",
    reply: { status: 401, headers: { "www-authenticate": "Negotiate" } },
    exitStatus: 3,
  },
];
it.each(definite)("leaves no mark after $name", async ({ reply, exitStatus }) => {
  ipa.always("cert_request", reply);
  expect((await machine.run([], submission())).exitStatus).toBe(exitStatus);
  expect(marks()).toEqual([]);
});

it("keeps the certificates of eight requests at once for one principal in its entry", async () => {
  const slow = await startFakeIpa({ delayMs: 150 });
  try {
    const together = makeMachine(slow);
    const runs = await Promise.all(Array.from({ length: 8 }, () => together.run([], submission())));
    expect(runs.map(({ exitStatus }) => exitStatus)).toEqual(Array(8).fill(0));
    expect(slow.issued).toBe(8);
    expect(slow.certificatesOf(principal)).toHaveLength(8);
    // Without turns (each from a machine of its own) the server loses some: the fake can tell.
    const apart = Array.from({ length: 8 }, () => makeMachine(slow).run([], submission()));
    await Promise.all(apart);
    expect(slow.issued).toBe(16);
    expect(slow.certificatesOf(principal).length).toBeLessThan(16);
  } finally {
    await slow.close();
  }
});
