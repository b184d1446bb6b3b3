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

  it("is not taken for another key's certificate, nor for one of another CA", async () => {
    machine.rememberMasters(ipa.name, replica.name);
    const other = await makeMachine(ipa).run([], submission());
    expect(other.exitStatus).toBe(0);
    // It was not issued this time; the entry holds a fresh certificate, made for a CSR with the same key.
    ipa.next("close", { error: { code: 4001, name: "NotFound", message: "no such entry" } });
    const { exitStatus, stdout } = await machine.run([], submission());
    expect(exitStatus, stdout).toBe(0);
    expect([ipa.issued, replica.issued]).toEqual([1, 1]);
  });
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
