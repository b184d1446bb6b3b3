import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { outlookOf } from "../../src/getcert/outlook.ts";
import { completePrincipal, defaultRealm } from "../../src/getcert/principal.ts";
import type { RequestView } from "../../src/getcert/request-view.ts";
import { renderTable } from "../../src/getcert/table.ts";
import { distance, timeText } from "../../src/getcert/time.ts";
import { keyUsageBit, keyUsageNames, keyUsageText, nameOfOid, oidOf } from "../../src/getcert/usages.ts";

const directory = mkdtempSync(join(tmpdir(), "getcert-"));
afterAll(() => rmSync(directory, { recursive: true }));

describe("usages", () => {
  it.each([
    { names: ["digitalSignature"], text: "1" },
    { names: ["digitalSignature", "cRLSign"], text: "1000001" },
    { names: ["decipherOnly"], text: "000000001" },
    { names: [], text: "" },
  ])("$names are $text", ({ names, text }) => {
    expect(keyUsageText(names.map((name) => keyUsageBit(name) ?? -1))).toBe(text);
    expect(keyUsageNames(text)).toEqual(names);
  });

  it.each([
    { name: "id-kp-serverAuth", oid: "1.3.6.1.5.5.7.3.1" },
    { name: "ID-KP-SERVERAUTH", oid: "1.3.6.1.5.5.7.3.1" },
    { name: "id-kp.9", oid: "1.3.6.1.5.5.7.3.9" },
    { name: "1.2.3", oid: "1.2.3" },
    { name: "bogus", oid: undefined },
    { name: "1.2.3,id-kp-serverAuth", oid: undefined },
  ])("$name is the OID $oid", ({ name, oid }) => {
    expect(oidOf(name)).toBe(oid);
  });

  it("an OID without a name stays as it is", () => {
    expect(nameOfOid("1.3.6.1.5.5.7.3.2")).toBe("id-kp-clientAuth");
    expect(nameOfOid("1.2.3")).toBe("1.2.3");
  });
});

describe("principals", () => {
  it.each([
    { text: "host/a", complete: "host/a@REALM" },
    { text: "host/a@OTHER", complete: "host/a@OTHER" },
    { text: "a\\@b", complete: "a\\@b@REALM" },
    { text: "a@b@c", complete: undefined },
  ])("$text is $complete", ({ text, complete }) => {
    expect(completePrincipal(text, "REALM")).toBe(complete);
  });

  it("the default realm is that of the first file that has one, in its own section", () => {
    const [empty, file] = [join(directory, "empty"), join(directory, "krb5.conf")];
    writeFileSync(empty, "[realms]\n default_realm = WRONG\n");
    writeFileSync(file, "# x\n[libdefaults]\n\tdefault_realm = LAB.TEST\n");
    expect(defaultRealm({ KRB5_CONFIG: `${join(directory, "none")}:${empty}:${file}` })).toBe("LAB.TEST");
    expect(defaultRealm({ KRB5_CONFIG: empty })).toBeUndefined();
  });
});

describe("times", () => {
  const now = new Date("2026-11-23T10:00:00Z");

  it("are written as certmonger writes them", () => {
    expect(timeText(new Date("2026-01-02T03:04:05Z"), { utc: true })).toBe("2026-01-02 03:04:05 UTC");
  });

  it.each([
    { seconds: 0, text: "now" },
    { seconds: 1, text: "in 1 second" },
    { seconds: 3599, text: "in 59 minutes" },
    { seconds: 86_400 * 340, text: "in 340 days" },
    { seconds: -7200, text: "2 hours ago" },
  ])("$seconds seconds away is $text", ({ seconds, text }) => {
    expect(distance(new Date(now.getTime() + seconds * 1000), now)).toBe(text);
  });
});

const base: RequestView = {
  path: "/r1",
  id: "web",
  state: "MONITORING",
  isStuck: false,
  key: { type: "FILE", hasPin: false },
  certificate: { type: "FILE", location: "/etc/pki/web.crt" },
  issuer: "",
  subject: "",
  emails: [],
  hostnames: [],
  principals: [],
  keyUsages: [],
  extendedKeyUsages: [],
  preSave: "",
  postSave: "",
  isTracked: true,
  isRenewed: true,
};

describe("what comes next", () => {
  const now = new Date("2026-11-23T10:00:00Z");
  const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000);

  it.each([
    {
      name: "a fresh certificate renews 28 days before its end",
      view: { notAfter: inDays(365) },
      next: "renews in 337 days",
      help: false,
    },
    {
      name: "one that only warns says so",
      view: { notAfter: inDays(365), isRenewed: false },
      next: "warns in 337 days",
      help: false,
    },
    {
      name: "one that is over needs help",
      view: { notAfter: inDays(-1) },
      next: "its time is over; now: getcert resubmit -i web",
      help: true,
    },
    {
      name: "one that was refused renews at the next threshold",
      view: { notAfter: inDays(20), caError: "not today" },
      next: "renews in 13 days; now: getcert resubmit -i web",
      help: true,
    },
    {
      name: "one that is in its last hour",
      view: { notAfter: inDays(1 / 48) },
      next: "nothing more before its end; now: getcert resubmit -i web",
      help: true,
    },
    {
      name: "one that is not renewed and nears its end",
      view: { notAfter: inDays(20), isRenewed: false },
      next: "warns in 13 days; nobody renews it but you: getcert resubmit -i web",
      help: true,
    },
    {
      name: "a rejected one waits for a person",
      view: { state: "CA_REJECTED", isStuck: true },
      next: "nothing, until you getcert resubmit -i web",
      help: true,
    },
    {
      name: "one with the wrong PIN says how to give it",
      view: { state: "NEED_CSR_GEN_PIN", isStuck: true },
      next: "nothing: give the right PIN: getcert resubmit -i web -p FILE",
      help: true,
    },
    { name: "one at work needs nothing", view: { state: "SUBMITTING" }, next: "is at work", help: false },
  ])("$name", ({ view, next, help }) => {
    expect(outlookOf({ ...base, ...view }, now)).toEqual({ next, needsHelp: help });
  });

  it.each([
    { state: "CA_WORKING", next: "asks the CA again in 7 days; now: getcert refresh -i web", help: false },
    { state: "CA_UNREACHABLE", next: "tries again in 7 days; now: getcert refresh -i web", help: true },
    { state: "NEED_TO_SUBMIT", next: "tries again in 7 days", help: true },
    { state: "NEED_TO_SAVE_CERT", next: "tries again in 7 days", help: true },
  ])("the daemon's own time is told in $state", ({ state, next, help }) => {
    expect(outlookOf({ ...base, state }, now, inDays(7))).toEqual({ next, needsHelp: help });
  });
});

describe("the table", () => {
  const now = new Date("2026-11-23T10:00:00Z");
  const row = (view: Partial<RequestView>) => {
    const whole = { ...base, ...view };
    return { view: whole, outlook: outlookOf(whole, now) };
  };

  it("shows what needs help first, and why", () => {
    const table = renderTable(
      [
        row({ id: "fine", notAfter: new Date("2027-11-23T10:00:00Z"), ca: "Test" }),
        row({ id: "bad", state: "CA_REJECTED", isStuck: true, caError: "not today" }),
      ],
      now,
      100,
    );
    expect(table.split("\n").map((line) => line.trimEnd())).toEqual([
      "   REQUEST  STATE        EXPIRES      CA",
      "!  bad      CA_REJECTED  -            -",
      "     /etc/pki/web.crt",
      "     why:  not today",
      "     next: nothing, until you getcert resubmit -i bad",
      "   fine     MONITORING   in 365 days  Test",
      "     /etc/pki/web.crt",
      "     next: renews in 337 days",
      "",
      "2 tracked, 1 needs help. All there is to know: getcert list -i REQUEST",
      "",
    ]);
  });

  it("breaks a long reason at blanks, and loses nothing of it", () => {
    const caError =
      "policy: CN=www.example.test is not in this realm, ask the security team (ticket 1234) to add it";
    const table = renderTable([row({ state: "CA_REJECTED", isStuck: true, caError })], now, 60);
    const why = table.split("\n").slice(3, 6);
    expect(why).toEqual([
      "     why:  policy: CN=www.example.test is not in this realm,",
      "           ask the security team (ticket 1234) to add it",
      "     next: nothing, until you getcert resubmit -i web",
    ]);
  });

  it("lets no escape code of a CA reach the terminal, and is no wider than it", () => {
    const table = renderTable(
      [row({ state: "CA_UNREACHABLE", caError: `\x1b[2J${"x".repeat(200)}` })],
      now,
      60,
    );
    expect(table).not.toContain("\x1b");
    expect(Math.max(...table.split("\n").map((line) => line.length))).toBeLessThanOrEqual(60);
  });
});
