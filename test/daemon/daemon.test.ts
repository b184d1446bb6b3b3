import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RequestState } from "../../src/daemon/states.ts";
import { Lab } from "./support/lab.ts";

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(async () => await lab.end());

const openssl = (...words: string[]): string => execFileSync("openssl", words, { encoding: "utf8" });

describe("a certificate", () => {
  it("is obtained, saved with its roots, and followed by hooks", async () => {
    const daemon = await lab.start();
    await daemon.addCa({ nickname: "Test", helper: lab.signer });
    const order = lab.path("order");
    const request = await daemon.request(
      lab.wish("Test", "www", {
        rootsFile: lab.path("roots.pem"),
        chainFile: lab.path("chain.pem"),
        preSave: `/bin/sh -c 'test -e ${lab.path("www.pem")} || echo pre >>${order}'`,
        postSave: `/bin/sh -c 'test -e ${lab.path("roots.pem")} && echo post >>${order}'`,
        ipAddresses: ["192.0.2.1"],
        principals: ["HTTP/www.example.test@LAB"],
      }),
    );
    await request.reaches("MONITORING");
    expect(openssl("verify", "-CAfile", lab.path("roots.pem"), lab.path("www.pem"))).toContain("OK");
    expect(openssl("pkey", "-in", lab.path("www.key"), "-pubout")).toBe(
      openssl("x509", "-in", lab.path("www.pem"), "-noout", "-pubkey"),
    );
    expect(lab.read("order")).toBe("pre\npost\n");
    expect(lab.read("chain.pem")).toBe(lab.read("roots.pem"));
    expect(statSync(lab.path("www.key")).mode & 0o777).toBe(0o600);
    expect(request.record).toMatchObject({
      cert_hostname: ["www.example.test"],
      cert_ipaddress: ["192.0.2.1"],
      cert_principal: ["HTTP/www.example.test@LAB"],
      key_issued_count: 1,
      key_requested_count: 1,
    });
    expect(lab.log).toContain(`Wrote to ${lab.path("www.pem")}`);
  });

  it("is renewed when its time has come, with the same key", async () => {
    const daemon = await lab.start();
    await daemon.addCa({ nickname: "Test", helper: lab.signer });
    const request = await daemon.request(lab.wish("Test", "www"));
    await request.reaches("MONITORING");
    const [first, key] = [lab.read("www.pem"), lab.read("www.key")];
    await daemon.clock.advance({ days: 61 });
    expect(lab.read("www.pem")).toBe(first);
    await daemon.clock.advance({ days: 2 });
    expect(lab.read("www.pem")).not.toBe(first);
    expect(lab.read("www.key")).toBe(key);
    expect(request.state).toBe("MONITORING");
  });

  it("gets a new key on rekey, and keeps the old one if that is wanted", async () => {
    const daemon = await lab.start();
    await daemon.addCa({ nickname: "Test", helper: lab.signer });
    const request = await daemon.request(lab.wish("Test", "www", { keyType: "EC" }));
    await request.reaches("MONITORING");
    const [key, serial] = [lab.read("www.key"), request.record.cert_serial];
    await request.modify({ key_preserve: true });
    await request.rekey();
    await request.reaches("MONITORING");
    expect(lab.read("www.key")).not.toBe(key);
    expect(lab.read(`www.key.${serial}.key`)).toBe(key);
    expect(request.record.key_next_marker).toBeUndefined();
  });

  it("keeps its old key when the CA refuses the new one, and uses the candidate next time", async () => {
    const daemon = await lab.start();
    await daemon.addCa({ nickname: "Test", helper: lab.signer });
    await daemon.addCa({ nickname: "No", helper: lab.script("no", "echo never; exit 2") });
    const request = await daemon.request(lab.wish("Test", "www", { keyType: "EC" }));
    await request.reaches("MONITORING");
    const key = lab.read("www.key");
    await request.modify({ ca_name: "No" });
    await request.rekey();
    await request.reaches("MONITORING");
    const candidate = lab.read(`www.key.${request.record.key_next_marker}.key`);
    expect(lab.read("www.key")).toBe(key);
    expect(request.record.ca_error).toBe("never");
    await request.modify({ ca_name: "Test" });
    await request.resubmit();
    await request.reaches("MONITORING");
    expect(lab.read("www.key")).toBe(candidate);
  });

  it("has its key encrypted with the PIN, and is stuck when the PIN is wrong", async () => {
    const daemon = await lab.start();
    await daemon.addCa({ nickname: "Test", helper: lab.signer });
    writeFileSync(lab.path("pin"), "secret12\nnot this\n");
    const request = await daemon.request(lab.wish("Test", "www", { pinFile: lab.path("pin") }));
    await request.reaches("MONITORING");
    expect(lab.read("www.key")).toContain("BEGIN ENCRYPTED PRIVATE KEY");
    openssl("pkey", "-in", lab.path("www.key"), "-passin", "pass:secret12", "-noout");
    writeFileSync(lab.path("pin"), "wrong\n");
    await request.resubmit();
    await request.reaches("NEED_CSR_GEN_PIN");
    expect(lab.log.join("\n")).not.toContain("secret12");
  });

  it("is signed by its own key when SelfSign is asked, under serials that count", async () => {
    const daemon = await lab.start();
    const requests = await Promise.all(
      ["a", "b", "c"].map((name) => daemon.request(lab.wish("SelfSign", name, { keyType: "EC" }))),
    );
    await Promise.all(requests.map((request) => request.reaches("MONITORING")));
    expect(requests.map(({ record }) => record.cert_serial).sort()).toEqual(["01", "02", "03"]);
    expect(openssl("verify", "-CAfile", lab.path("a.pem"), lab.path("a.pem"))).toContain("OK");
  });
});

describe("what a helper answers", () => {
  const table: readonly { name: string; does: string; state: RequestState; error?: string }[] = [
    { name: "1 with a cookie", does: "echo order-7; exit 1", state: "CA_WORKING" },
    { name: "1 with only a line end", does: "echo; exit 1", state: "CA_WORKING" },
    { name: "1 with nothing", does: "exit 1", state: "NEED_GUIDANCE" },
    {
      name: "2",
      does: "echo 'not today, sir'; echo more; exit 2",
      state: "CA_REJECTED",
      error: "not today, sir",
    },
    { name: "3", does: "echo away; exit 3", state: "CA_UNREACHABLE", error: "away" },
    { name: "4", does: "echo set up; exit 4", state: "CA_UNCONFIGURED", error: "set up" },
    { name: "5", does: "echo 300; echo order-7; exit 5", state: "CA_WORKING" },
    { name: "5 with no number", does: "echo soon; exit 5", state: "NEED_GUIDANCE" },
    { name: "6", does: "exit 6", state: "NEED_GUIDANCE" },
    { name: "16", does: "exit 16", state: "NEED_SCEP_ENCRYPTION_CERT" },
    { name: "an unknown status", does: "echo odd; exit 99", state: "NEED_GUIDANCE", error: "odd" },
    { name: "a signal", does: "echo text; kill -9 $$", state: "NEED_GUIDANCE" },
    { name: "0 with nothing", does: "exit 0", state: "NEED_GUIDANCE" },
  ];

  it.each(table)("$name leads to $state", async ({ does, state, error }) => {
    const daemon = await lab.start();
    await daemon.addCa({ nickname: "Test", helper: lab.script("helper", does) });
    const request = await daemon.request(lab.wish("Test", "www", { keyType: "EC" }));
    await request.reaches(state);
    expect(request.record.ca_error).toBe(error);
  });

  it("is polled for at the time that it said, with its cookie", async () => {
    const daemon = await lab.start();
    await daemon.addCa({
      nickname: "Test",
      helper: lab.fixture("wait-then-sign.sh", lab.madeCa(), "5", "2", "300"),
    });
    const request = await daemon.request(lab.wish("Test", "www", { keyType: "EC" }));
    await request.reaches("CA_WORKING");
    expect(request.record.ca_cookie).toBe("order-0");
    await daemon.clock.advance({ minutes: 4 });
    expect(request.record.ca_cookie).toBe("order-0");
    await daemon.clock.advance({ minutes: 2 });
    expect(request.record.ca_cookie).toBe("order-1");
    await daemon.clock.advance({ minutes: 15 });
    expect(request.state).toBe("MONITORING");
    expect(request.record.ca_cookie).toBeUndefined();
  });

  it("is asked for again after seven days, or at once by refresh, with SUBMIT when there is no cookie", async () => {
    const daemon = await lab.start();
    await daemon.addCa({ nickname: "Test", helper: lab.script("helper", "echo away; exit 3") });
    const request = await daemon.request(lab.wish("Test", "www", { keyType: "EC" }));
    await request.reaches("CA_UNREACHABLE");
    await daemon.clock.advance({ days: 7, seconds: 29 });
    expect(lab.calls("helper")).toHaveLength(1);
    await daemon.clock.advance({ seconds: 2 });
    expect(lab.calls("helper")).toEqual(["SUBMIT", "SUBMIT"]);
    expect(await request.refresh()).toBe(true);
    await daemon.clock.isFree();
    expect(lab.calls("helper")).toHaveLength(3);
  });
});

describe("the daemon", () => {
  it("goes on where it was stopped, asking again whatever delay was given", async () => {
    const first = await lab.start();
    await first.addCa({
      nickname: "Test",
      helper: lab.fixture("wait-then-sign.sh", lab.madeCa(), "5", "0", "86400"),
    });
    const request = await first.request(lab.wish("Test", "www", { keyType: "EC" }));
    await request.reaches("CA_WORKING");
    await first.stop();
    expect(readFileSync(request.path, "utf8")).toContain("state=HAVE_CSR\n");
    const second = await lab.start();
    await second.daemon.findRequest("www")?.reaches("MONITORING");
    expect(openssl("x509", "-in", lab.path("www.pem"), "-noout", "-subject")).toContain("www.example.test");
  });

  it("has its state for itself", async () => {
    await lab.start();
    await expect(lab.start()).rejects.toThrow(/held by this process/);
  });

  it("leaves junk in its store alone, and keeps lines that it does not know", async () => {
    mkdirSync(lab.path("state/requests"), { recursive: true });
    writeFileSync(lab.path("state/requests/junk"), "\0\0\0");
    writeFileSync(lab.path("state/requests/old"), "id=old\nstate=CA_REJECTED\nfuture_key=1\n");
    const daemon = await lab.start();
    await daemon.daemon.findRequest("old")?.modify({ ca_name: "SelfSign" });
    await daemon.stop();
    expect(lab.read("state/requests/junk")).toBe("\0\0\0");
    expect(lab.read("state/requests/old")).toContain("future_key=1\n");
    expect(lab.log).toContain(`${lab.path("state/requests/junk")} is left alone: there is no id in it`);
  });

  it.each([
    {
      what: "a path that is not absolute",
      change: { keyFile: "a.key" },
      kind: "bad_arg",
      text: 'The location "a.key" must be an absolute path.',
    },
    {
      what: "a directory that is not there",
      change: { keyFile: "/nowhere/a.key" },
      kind: "bad_arg",
      text: 'The parent of location "/nowhere/a.key" must be a valid directory.',
    },
    {
      what: "a directory as file",
      change: { certificateFile: "/tmp" },
      kind: "bad_arg",
      text: 'The location "/tmp" must be a file.',
    },
    {
      what: "a nickname that is taken",
      change: { id: "taken" },
      kind: "duplicate",
      text: 'There is already a request with the nickname "taken".',
    },
  ])("refuses $what", async ({ change, kind, text }) => {
    const daemon = await lab.start();
    await daemon.request(lab.wish("SelfSign", "taken", { keyType: "EC" }));
    await expect(daemon.request(lab.wish("SelfSign", "www", change))).rejects.toMatchObject({
      kind,
      message: text,
    });
    await expect(daemon.request({ ...lab.wish("SelfSign", "taken"), id: "other" })).rejects.toMatchObject({
      message: 'Certificate at same location is already used by request with nickname "taken".',
    });
  });

  it("refuses a change that would take another request's name or place", async () => {
    const daemon = await lab.start();
    await daemon.request(lab.wish("SelfSign", "taken", { keyType: "EC" }));
    const request = await daemon.request(lab.wish("SelfSign", "www", { keyType: "EC" }));
    await expect(request.modify({ id: "taken" })).rejects.toMatchObject({ kind: "duplicate" });
    await expect(request.modify({ cert_storage_location: lab.path("taken.pem") })).rejects.toMatchObject({
      kind: "duplicate",
    });
    await expect(request.modify({ root_cert_files: ["roots.pem"] })).rejects.toMatchObject({
      kind: "bad_arg",
    });
    await request.modify({ id: "other" });
    expect(daemon.daemon.findRequest("other")).toBe(request);
    expect(daemon.daemon.findRequest("www")).toBeUndefined();
    await request.reaches("MONITORING");
  });

  it("waits for a CA that nobody has added yet", async () => {
    const daemon = await lab.start();
    const request = await daemon.request(lab.wish("Later", "www", { keyType: "EC" }));
    await request.reaches("NEED_CA");
    await daemon.addCa({ nickname: "Later", helper: lab.signer });
    await request.reaches("MONITORING");
  });

  it("asks the eight questions at the start, and starts requests anew when an answer is new", async () => {
    const daemon = await lab.start();
    const helper = lab.path("answers");
    writeFileSync(
      helper,
      `#!/bin/sh\necho $CERTMONGER_OPERATION >>${helper}.asked\ncase $CERTMONGER_OPERATION in\nIDENTIFY) echo 'Lab 1';;\nGET-SUPPORTED-TEMPLATES) echo 'a,b';;\nGET-NEW-REQUEST-REQUIREMENTS) echo CERTMONGER_REQ_SUBJECT;;\nSUBMIT) echo away; exit 3;;\n*) exit 6;; esac\n`,
      { mode: 0o755 },
    );
    const ca = await daemon.addCa({ nickname: "Test", helper });
    expect(lab.read("answers.asked").trim().split("\n").sort()).toHaveLength(8);
    expect(ca.record).toMatchObject({
      ca_aka: "Lab 1",
      ca_profiles: ["a", "b"],
      ca_required_enroll_attributes: ["template-subject"],
    });
    expect(ca.phases.get("certs")).toBe("DISABLED");
    const request = await daemon.request(lab.wish("Test", "www", { keyType: "EC" }));
    await request.reaches("CA_UNREACHABLE");
    const submits = () =>
      lab
        .read("answers.asked")
        .split("\n")
        .filter((line) => line === "SUBMIT").length;
    expect(submits()).toBe(1);
    writeFileSync(helper, readFileSync(helper, "utf8").replace("Lab 1", "Lab 2"));
    ca.refresh();
    await daemon.clock.isFree();
    expect(ca.record.ca_aka).toBe("Lab 2");
    expect(submits()).toBe(2);
  });

  it("runs the hooks of every request that shares a place, each once", async () => {
    const daemon = await lab.start();
    await daemon.addCa({ nickname: "Test", helper: lab.signer });
    const hook = `/bin/sh -c 'echo x >>${lab.path("hooks")}'`;
    const rootsFile = lab.path("roots.pem");
    const a = await daemon.request(lab.wish("Test", "a", { keyType: "EC", rootsFile, postSave: hook }));
    await a.reaches("MONITORING");
    const b = await daemon.request(lab.wish("Test", "b", { keyType: "EC", rootsFile, postSave: hook }));
    await b.reaches("MONITORING");
    expect(lab.read("hooks")).toBe("x\nx\n");
    const c = await daemon.request(lab.wish("Test", "c", { keyType: "EC", rootsFile }));
    await c.reaches("MONITORING");
    expect(lab.read("hooks")).toBe("x\nx\nx\n");
  });

  it("says what happened in certmonger's words, to a command", async () => {
    const told = lab.path("told");
    const teller = lab.path("teller");
    writeFileSync(
      teller,
      `#!/bin/sh\necho "$CERTMONGER_NOTIFICATION_TYPE: $CERTMONGER_NOTIFICATION" >>${told}\n`,
      { mode: 0o755 },
    );
    const configuration = `[defaults]\nnotification_method=command\nnotification_destination=${teller}\n`;
    const daemon = await lab.start({ configuration });
    await (await daemon.request(lab.wish("SelfSign", "www", { keyType: "EC" }))).reaches("MONITORING");
    expect(lab.read("told")).toBe(
      `issued_and_saved: Certificate in file "${lab.path("www.pem")}" issued by CA and saved.\n`,
    );
  });

  it("tries again and loses nothing when the certificate can not be saved", async () => {
    const daemon = await lab.start();
    const request = await daemon.request(lab.wish("SelfSign", "www", { keyType: "EC" }));
    mkdirSync(lab.path("www.pem"));
    await daemon.clock.advance({ minutes: 2 });
    expect(request.record.cert).toContain("BEGIN CERTIFICATE");
    execFileSync("rmdir", [lab.path("www.pem")]);
    await daemon.clock.advance({ minutes: 2 });
    expect(request.state).toBe("MONITORING");
    expect(readdirSync(lab.directory).filter((name) => name.endsWith(".new"))).toEqual([]);
  });

  it("forgets a request that is removed, and leaves its files", async () => {
    const daemon = await lab.start();
    const request = await daemon.request(lab.wish("SelfSign", "www", { keyType: "EC" }));
    await request.reaches("MONITORING");
    await daemon.daemon.removeRequest(request);
    expect(readdirSync(lab.path("state/requests"))).toEqual([]);
    expect(existsSync(lab.path("www.pem"))).toBe(true);
    await expect(request.resubmit()).rejects.toMatchObject({ kind: "no_such_entry" });
  });
});
