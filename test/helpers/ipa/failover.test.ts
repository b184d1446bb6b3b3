import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FakeIpa, type FakeIpaReply, startFakeIpa } from "../../../src/testing/servers/fake-ipa.ts";
import { makeMachine, submission, type TestMachine } from "./support/run.ts";

let first: FakeIpa;
let second: FakeIpa;
let machine: TestMachine;

/** Two servers; the directory is down, but the masters are known from another day. */
beforeEach(async () => {
  first = await startFakeIpa();
  second = await startFakeIpa({ likeServer: first });
  machine = makeMachine(first);
  machine.rememberMasters(first.name, second.name);
});
afterEach(async () => {
  await Promise.all([first.close(), second.close()]);
});

const error = (code: number): FakeIpaReply => ({ error: { code, name: "X", message: "trouble" } });

describe("the second server issues when the first", () => {
  const troubles: readonly { name: string; reply: FakeIpaReply }[] = [
    { name: "hangs up", reply: "close" },
    { name: "answers 502 in HTML", reply: { status: 502, body: "<html>bad gateway</html>" } },
    { name: "answers 503", reply: { status: 503 } },
    { name: "does not take the login", reply: { status: 401, headers: { "www-authenticate": "Negotiate" } } },
    { name: "shows a page", reply: { status: 200, body: "<html></html>" } },
    { name: "has an internal error", reply: error(903) },
    { name: "has lost its directory", reply: error(907) },
    { name: "has lost its CA", reply: error(4016) },
    { name: "does not know the principal yet", reply: error(4001) },
  ];
  it.each(troubles)("$name", async ({ reply }) => {
    first.always("cert_request", reply);
    const { exitStatus, stdout } = await machine.run([], submission());
    expect({ exitStatus, stdout }).toEqual({ exitStatus: 0, stdout: expect.stringMatching(/^-----BEGIN/) });
    expect([first.issued, second.issued]).toEqual([0, 1]);
  });
});

it("nobody else is asked after a refusal, or an error that lasts", async () => {
  for (const code of [2100, 3009, 4301, 4005]) {
    first.always("cert_request", error(code));
    const { exitStatus } = await machine.run([], submission());
    expect(exitStatus).toBe(code < 4000 ? 2 : 3);
  }
  expect(second.requests).toEqual([]);
});

it("a server that was down is asked last for a while", async () => {
  first.always("cert_request", { status: 502 });
  await machine.run([], submission());
  const asked = first.requests.length;
  first.always("cert_request", undefined);
  expect((await machine.run([], submission())).exitStatus).toBe(0);
  expect(first.requests).toHaveLength(asked);
  expect([first.issued, second.issued]).toEqual([0, 2]);
  expect(JSON.parse(readFileSync(join(machine.directory, "state", "servers.json"), "utf8"))).toMatchObject({
    down: { [first.name]: expect.any(Number) },
  });

  second.always("cert_request", { status: 502 });
  expect((await machine.run([], submission())).exitStatus, "when all others fail").toBe(0);
  expect([first.issued, second.issued]).toEqual([1, 2]);
});

it("says what each server said when none issues", async () => {
  first.always("cert_request", { status: 503 });
  second.always("cert_request", error(903));
  const { exitStatus, stdout } = await machine.run([], submission());
  expect(exitStatus).toBe(3);
  expect(stdout.split("\n")).toHaveLength(2);
  expect(stdout).toMatch(
    new RegExp(`^${first.name}: it answers 503.*; then ${second.name} failed the request: 903`),
  );
});

it("a server with a stranger's certificate gets no login", async () => {
  const stranger = await startFakeIpa({ tls: "untrusted" });
  try {
    const misled = makeMachine({ name: stranger.name, caCertificate: second.caCertificate });
    misled.rememberMasters(second.name);
    const { exitStatus, stdout } = await misled.run([], submission());
    expect(exitStatus, stdout).toBe(0);
    expect(stranger.requests).toEqual([]);
    expect(second.issued).toBe(1);
  } finally {
    await stranger.close();
  }
});

it("GET-SUPPORTED-TEMPLATES asks the second server too", async () => {
  first.always("certprofile_find", { status: 502 });
  const { exitStatus, stdout } = await machine.run([], { CERTMONGER_OPERATION: "GET-SUPPORTED-TEMPLATES" });
  expect({ exitStatus, stdout }).toEqual({
    exitStatus: 0,
    stdout: "IECUserRoles\nKDCs_PKINIT_Certs\nacmeIPAServerCert\ncaIPAserviceCert\n",
  });
});
