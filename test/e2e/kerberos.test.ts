import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KerberosLab, needKerberosLab } from "./support/kerberos-lab.ts";
import { changedKrb5Conf, negotiate, probe, shownBy } from "./support/kerberos-probe-runs.ts";

const { leaveOut, note } = needKerberosLab();
let lab: KerberosLab;

describe.skipIf(leaveOut)(`Kerberos against a real KDC and Apache${note}`, () => {
  beforeAll(async () => {
    lab = await KerberosLab.start();
  });
  afterAll(() => lab?.stop());

  it("proves who we are with the default keytab, and checks the server's proof", async () => {
    const shown = await negotiate(lab, {});
    expect(shown).toMatchObject({
      exitStatus: 0,
      status: 200,
      principal: "host/client.example.test@EXAMPLE.TEST",
      realm: "EXAMPLE.TEST",
      isForwardable: true,
      isProved: true,
      clockOffsetSeconds: 0,
    });
    const lifetimeHours = (new Date(shown.expires).getTime() - Date.now()) / 3_600_000;
    expect(lifetimeHours).toBeGreaterThan(23);
    expect(lifetimeHours).toBeLessThan(25);
  });

  it("takes keytab and principal as they are given", async () => {
    const other = { keytab: lab.path("other.keytab"), principal: "host/other.example.test" };
    expect(await negotiate(lab, other)).toMatchObject({
      status: 200,
      principal: "host/other.example.test@EXAMPLE.TEST",
    });
  });

  it("asks for a forwardable ticket although krb5.conf says otherwise", async () => {
    const environment = await changedKrb5Conf(lab, "not-forwardable.conf", (text) =>
      text.replace("forwardable = true", "forwardable = false"),
    );
    expect(await negotiate(lab, {}, environment)).toMatchObject({ status: 200, isForwardable: true });
  });

  it("takes the tickets of the default ccache, and sees whether they are forwardable", async () => {
    const environment = { KRB5CCNAME: `FILE:${lab.path("own-ccache")}` };
    for (const [option, isForwardable] of [
      ["-f", true],
      ["-F", false],
    ] as const) {
      await lab.run("kinit", [option, "-k"], { environment });
      expect(await negotiate(lab, { isDefault: true }, environment)).toMatchObject({
        status: 200,
        isForwardable,
      });
    }
  });

  it("does not believe a proof in which one bit is different", async () => {
    expect(await negotiate(lab, { tamper: true })).toMatchObject({
      exitStatus: 3,
      failure: { status: "unreachable", stage: "server-proof" },
    });
  });

  it("says that the KDC does not know a service, and by which name it was asked", async () => {
    const { failure } = await negotiate(lab, { url: "https://nospn.example.test/ipa/json" });
    expect(failure).toMatchObject({ status: "unreachable", code: "KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN" });
    expect(failure.message).toContain("HTTP/nospn.example.test@EXAMPLE.TEST");
  });

  it("says why a server with an outdated keytab refuses us", async () => {
    const { failure } = await negotiate(lab, { url: "https://ipa.example.test/badkeytab/json" });
    expect(failure).toMatchObject({ status: "unreachable", stage: "server-proof" });
    expect(failure.message).toBe(
      "no mutual proof with HTTP@ipa.example.test: Key version is not available; check the server's keytab and both clocks",
    );
  });

  it("says whose certificate is not trusted, before anything is sent", async () => {
    const { failure } = await negotiate(lab, { url: "https://untrusted.example.test/ipa/json" });
    expect(failure).toEqual({
      status: "unreachable",
      message:
        "the CA of untrusted.example.test is not trusted here: name a file with its certificate (--cafile)",
    });
    expect(lab.requests().filter(({ headers }) => headers.host === "untrusted.example.test")).toEqual([]);
  });

  it("ends in time although the KDC takes connections and never answers", async () => {
    await lab.without("freeze", "kdc", async () => {
      const started = performance.now();
      const shown = shownBy(await lab.attempt(process.execPath, [probe, "hang", "1000"]));
      // libkrb5 itself takes 27 s.
      expect(performance.now() - started).toBeLessThan(5_000);
      expect(shown).toMatchObject({ exitStatus: 3, given: "TimeoutError" });
      expect(shown.ticks).toBeGreaterThan(20);
    });
  });

  it("knows who would log in with which keytab, and lists its keys as klist does", async () => {
    const shown = shownBy(await lab.attempt(process.execPath, [probe, "keytab", "{}"]));
    expect(shown).toMatchObject({
      principal: "host/client.example.test@EXAMPLE.TEST",
      path: "/etc/krb5.keytab",
    });
    const klist = (await lab.run("klist", ["-k", "-e"])).matchAll(/^ +(\d+) (\S+) \((\S+?)\) *$/gm);
    const theirs = [...klist].map(([, version, principal, encryption]) => [
      Number(version),
      principal,
      encryption,
    ]);
    expect(theirs.length).toBe(2);
    const keys: { keyVersion: number; principal: string; encryption: string }[] = shown.keys;
    expect(keys.map((key) => [key.keyVersion, key.principal, key.encryption])).toEqual(theirs);
  });

  it("may end without tidying up: all output arrives, and the exit status is the process's own", async () => {
    const shown = shownBy(await lab.attempt(process.execPath, [probe, "hasty"]));
    expect(shown).toEqual({ exitStatus: 5, isHasty: true });
  });

  it("gives back all the memory of C: 600 rounds, failures among them", async () => {
    const finished = await lab.attempt(process.execPath, ["--expose-gc", probe, "rounds", "600"], {
      timeoutMs: 120_000,
    });
    const { memory }: { memory: number[] } = shownBy(finished);
    expect(memory.length).toBe(7);
    const growthMiB = (memory[6] ?? Number.NaN) - (memory[1] ?? Number.NaN);
    // A context that is not released is 20 KiB, so 500 rounds of that were 10 MiB.
    expect(growthMiB).toBeLessThan(3);
  });
});
