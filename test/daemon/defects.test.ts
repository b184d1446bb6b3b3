import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checks } from "../../src/testing/checks/index.ts";
import { Lab } from "./support/lab.ts";

/** Where copying certmonger would hurt: each is told of under the id of the conformance check for the helper's part of it. */
describe("what certmonger would not have survived, or would have believed", () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(async () => await lab.end());

  const pem = "-----BEGIN CERTIFICATE-----\\nMIIB\\n";
  it.each([
    { id: "enroll.truncated-pem", does: `printf '%b' '${pem}'`, certmonger: "hangs for ever" },
    { id: "enroll.key", does: 'cat "$LEAF"', certmonger: "saves the certificate" },
    { id: "hygiene.deadline", does: "exec sleep 600", certmonger: "waits for ever" },
    { id: "hygiene.stdout-held", does: "sleep 600 &\nexit 1", certmonger: "waits for ever" },
    { id: "hygiene.output-size", does: "exec yes", certmonger: "reads until memory is full" },
  ])("a request ends with $id, which the log says, too (certmonger $certmonger)", async ({ id, does }) => {
    const daemon = await lab.start({ helperDeadlineMs: 700 });
    const leaf = `${lab.madeCa()}/ca.pem`;
    expect(existsSync(leaf)).toBe(true);
    const helper = lab.script("helper", does.replace("$LEAF", leaf));
    await daemon.addCa({ nickname: "Test", helper });
    const request = await daemon.request(lab.wish("Test", "www", { keyType: "EC" }));
    await request.reaches("NEED_GUIDANCE");
    expect(request.record.ca_error).toMatch(new RegExp(`^${id}: `));
    expect(lab.log.some((line) => line.includes(`${id}: `))).toBe(true);
    expect(existsSync(lab.path("www.pem"))).toBe(false);
    expect(checks.map((check) => check.id)).toContain(id);
  });

  it.each([
    { id: "hygiene.stdout-held", does: "sleep 0.4 &\necho c; exit 1" },
    { id: "hygiene.stdout-closed-early", does: "echo c; exec >&-; sleep 0.4; exit 1" },
    { id: "hygiene.process-left", does: "sleep 600 >&- 2>&- &\necho c; exit 1" },
  ])("a request goes on, and the log says $id", async ({ id, does }) => {
    const daemon = await lab.start();
    await daemon.addCa({ nickname: "Test", helper: lab.script("helper", does) });
    const request = await daemon.request(lab.wish("Test", "www", { keyType: "EC" }));
    await request.reaches("CA_WORKING");
    expect(request.record.ca_error).toBeUndefined();
    expect(lab.log.find((line) => line.includes(`${id}: `))).toMatch(/\d s|ended/);
    expect(checks.map((check) => check.id)).toContain(id);
  });

  const question = (operation: string, does: string): string => {
    const path = lab.path("questions");
    writeFileSync(path, `#!/bin/sh\n[ "$CERTMONGER_OPERATION" = ${operation} ] || exit 6\n${does}\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const roots = (nickname: string, file: string): string => `printf '%s\\n' '${nickname}'; cat '${file}'`;

  it.each([
    { id: "hygiene.deadline", does: "exec sleep 600" },
    { id: "hygiene.stdout-held", does: "sleep 600 &\necho x" },
    { id: "hygiene.output-size", does: "exec yes" },
  ])("a question that is not answered does not hold up the CA: $id", async ({ id, does }) => {
    const daemon = await lab.start({ helperDeadlineMs: 700 });
    const ca = await daemon.addCa({ nickname: "Test", helper: question("IDENTIFY", does) });
    expect(ca.record.ca_aka).toBeUndefined();
    expect(lab.log.filter((line) => line.includes(`.identify: ${id}: `))).toHaveLength(1);
  });

  it("an intermediate among the other roots is kept and not trusted: roots.chain-trusted", async () => {
    const daemon = await lab.start();
    const directory = lab.madeCa();
    const intermediate = lab.intermediate();
    const does = `${roots("Root", `${directory}/ca.pem`)}; echo; ${roots("Sub", intermediate)}`;
    const ca = await daemon.addCa({ nickname: "Test", helper: question("FETCH-ROOTS", does) });
    expect(ca.record.ca_root_certs?.map(({ nickname }) => nickname)).toEqual(["Root"]);
    expect(ca.record.ca_other_root_certs).toBeUndefined();
    expect(ca.record.ca_other_certs?.map(({ nickname }) => nickname)).toEqual(["Sub"]);
    expect(lab.log.some((line) => line.includes('roots.chain-trusted: "Sub" is no root'))).toBe(true);
  });

  it("two roots of one nickname: roots.duplicate-nickname", async () => {
    const daemon = await lab.start();
    const file = `${lab.madeCa()}/ca.pem`;
    const does = `${roots("Root", file)}; ${roots("Root", lab.intermediate())}`;
    await daemon.addCa({ nickname: "Test", helper: question("FETCH-ROOTS", does) });
    expect(lab.log.filter((line) => line.includes('roots.duplicate-nickname: "Root"'))).toHaveLength(1);
  });
});
