import { existsSync } from "node:fs";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeProbeExecutable } from "./support/kerberos-executable.ts";
import { KerberosLab, needKerberosLab } from "./support/kerberos-lab.ts";
import { need } from "./support/peers.ts";
import type { Finished } from "./support/run.ts";
import { run } from "./support/run.ts";

const probe = fileURLToPath(new URL("./support/kerberos-probe.ts", import.meta.url));
const { leaveOut, note } = needKerberosLab();
let lab: KerberosLab;

interface Wish {
  keytab?: string;
  principal?: string;
  isDefault?: boolean;
  url?: string;
  tamper?: boolean;
}

const parse = ({ exitStatus, stdout, stderr }: Finished) => {
  if (stdout === "") throw new Error(`exit status ${exitStatus}\n${stderr}`);
  return { exitStatus, ...JSON.parse(stdout) };
};

async function negotiate(wish: Wish, environment: Record<string, string> = {}) {
  const finished = await lab.attempt(process.execPath, [probe, "negotiate", JSON.stringify(wish)], {
    environment,
  });
  return parse(finished);
}

/** The lab's krb5.conf with something changed, as a file. */
async function krb5Conf(name: string, change: (text: string) => string): Promise<Record<string, string>> {
  const text = await run("cat", [lab.path("etc/krb5.conf")]);
  await writeFile(lab.path(name), change(text));
  return { KRB5_CONFIG: lab.path(name) };
}

describe.skipIf(leaveOut)(`Kerberos against a real KDC and Apache${note}`, () => {
  beforeAll(async () => {
    lab = await KerberosLab.start();
    await run("openssl", [
      ...["req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", lab.path("csr.key")],
      ...["-subj", "/CN=client.example.test", "-out", lab.path("csr.pem")],
    ]);
  });
  afterAll(() => lab?.stop());

  it("proves who we are with the default keytab, and checks the server's proof", async () => {
    const shown = await negotiate({});
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
    expect(await negotiate(other)).toMatchObject({
      status: 200,
      principal: "host/other.example.test@EXAMPLE.TEST",
    });
  });

  it("asks for a forwardable ticket although krb5.conf says otherwise", async () => {
    const environment = await krb5Conf("not-forwardable.conf", (text) =>
      text.replace("forwardable = true", "forwardable = false"),
    );
    expect(await negotiate({}, environment)).toMatchObject({ status: 200, isForwardable: true });
  });

  it("takes the tickets of the default ccache, and sees whether they are forwardable", async () => {
    const environment = { KRB5CCNAME: `FILE:${lab.path("own-ccache")}` };
    for (const [option, isForwardable] of [
      ["-f", true],
      ["-F", false],
    ] as const) {
      await lab.run("kinit", [option, "-k"], { environment });
      expect(await negotiate({ isDefault: true }, environment)).toMatchObject({ status: 200, isForwardable });
    }
  });

  it("does not believe a proof in which one bit is different", async () => {
    expect(await negotiate({ tamper: true })).toMatchObject({
      exitStatus: 3,
      failure: { status: "unreachable", stage: "server-proof" },
    });
  });

  it("says that the KDC does not know a service, and by which name it was asked", async () => {
    const { failure } = await negotiate({ url: "https://nospn.example.test/ipa/json" });
    expect(failure).toMatchObject({ status: "unreachable", code: "KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN" });
    expect(failure.message).toContain("HTTP/nospn.example.test@EXAMPLE.TEST");
  });

  it("says why a server with an outdated keytab refuses us", async () => {
    const { failure } = await negotiate({ url: "https://ipa.example.test/badkeytab/json" });
    expect(failure).toMatchObject({ status: "unreachable", stage: "server-proof" });
  });

  it("says whose certificate is not trusted, before anything is sent", async () => {
    const { failure } = await negotiate({ url: "https://untrusted.example.test/ipa/json" });
    // The web server has no service principal either; whichever of the two is seen first.
    expect(failure.status).toBe("unreachable");
    expect(failure.message).toContain("untrusted.example.test");
  });

  it("ends in time although the KDC takes connections and never answers", async () => {
    await lab.without("freeze", "kdc", async () => {
      const started = performance.now();
      const shown = parse(await lab.attempt(process.execPath, [probe, "hang", "1000"]));
      // libkrb5 itself takes 27 s.
      expect(performance.now() - started).toBeLessThan(5_000);
      expect(shown).toMatchObject({ exitStatus: 3, given: "TimeoutError" });
      expect(shown.ticks).toBeGreaterThan(20);
    });
  });

  it("knows who would log in with which keytab, and lists its keys as klist does", async () => {
    const shown = parse(await lab.attempt(process.execPath, [probe, "keytab", "{}"]));
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
    const shown = parse(await lab.attempt(process.execPath, [probe, "hasty"]));
    expect(shown).toEqual({ exitStatus: 5, isHasty: true });
  });

  it("gives back all the memory of C: 600 rounds, failures among them", async () => {
    const finished = await lab.attempt(process.execPath, ["--expose-gc", probe, "rounds", "600"], {
      timeoutMs: 120_000,
    });
    const { memory }: { memory: number[] } = parse(finished);
    expect(memory.length).toBe(7);
    const growthMiB = (memory[6] ?? Number.NaN) - (memory[1] ?? Number.NaN);
    // A context that is not released is 20 KiB, so 500 rounds of that were 10 MiB.
    expect(growthMiB).toBeLessThan(3);
  });

  const certmonger = need("certmonger", "faketime");
  describe.skipIf(certmonger.leaveOut)(`beside certmonger's own helper${certmonger.note}`, () => {
    const original = ["/usr/lib/certmonger/ipa-submit", "/usr/libexec/certmonger/ipa-submit"].find((path) =>
      existsSync(path),
    );

    interface Situation {
      name: string;
      wish?: () => Wish;
      /** Options of the original that wish the same. */
      options?: () => string[];
      environment?: () => Promise<Record<string, string>>;
      stopped?: "kdc";
      /** How far the clocks of KDC and web server are off. */
      clock?: string;
      exitStatus: 0 | 3 | 4;
      says?: string;
    }
    const keytab = (name: string, principal = "host/client.example.test") => ({
      wish: () => ({ keytab: name.includes("/") ? name : lab.path(name), principal }),
      options: () => ["-t", name.includes("/") ? name : lab.path(name), "-k", principal],
    });
    const situations: readonly Situation[] = [
      { name: "all is well", exitStatus: 0 },
      {
        name: "the keytab is missing",
        ...keytab("/nonexistent"),
        exitStatus: 4,
        says: "'/nonexistent' not found",
      },
      { name: "the keytab is empty", ...keytab("empty.keytab"), exitStatus: 4, says: "empty.keytab" },
      { name: "the keytab is none", ...keytab("garbage.keytab"), exitStatus: 4, says: "garbage.keytab" },
      { name: "the keytab is a directory", ...keytab("/tmp"), exitStatus: 4, says: "Is a directory" },
      {
        name: "the keytab's type is unknown",
        wish: () => ({ keytab: "ODD:x" }),
        options: () => ["-t", "ODD:x"],
        exitStatus: 4,
        says: "keytab ODD:x",
      },
      {
        name: "the principal is not in the keytab",
        ...keytab("host.keytab", "host/other.example.test"),
        exitStatus: 4,
        says: "no suitable keys for host/other.example.test@EXAMPLE.TEST",
      },
      {
        name: "the principal has a capital letter too many",
        ...keytab("host.keytab", "host/Client.example.test"),
        exitStatus: 4,
        says: "upper and lower case",
      },
      {
        name: "the principal is of another realm",
        ...keytab("host.keytab", "host/x@OTHER.TEST"),
        exitStatus: 4,
        says: "OTHER.TEST",
      },
      {
        name: "the principal is malformed",
        ...keytab("host.keytab", "a@b@c"),
        exitStatus: 4,
        says: "principal a@b@c",
      },
      {
        name: "the key is stale",
        ...keytab("stale.keytab", "host/other.example.test"),
        exitStatus: 4,
        says: "ipa-getkeytab",
      },
      {
        name: "the principal was deleted",
        ...keytab("ghost.keytab", "host/ghost.example.test"),
        exitStatus: 4,
        says: "not found in Kerberos database",
      },
      {
        name: "the principal is locked",
        ...keytab("disabled.keytab", "host/disabled.example.test"),
        exitStatus: 4,
        says: "locked or disabled",
      },
      {
        name: "krb5.conf is broken",
        environment: () => krb5Conf("broken.conf", () => "[libdefaults\n"),
        exitStatus: 4,
        says: "syntax of krb5.conf",
      },
      {
        name: "no KDC of the realm is known",
        environment: () =>
          krb5Conf("no-kdc.conf", (text) =>
            text.replace("dns_lookup_kdc = true", "dns_lookup_kdc = false").replace(/^ +kdc = .*/m, ""),
          ),
        exitStatus: 4,
        says: "Cannot find KDC for realm",
      },
      {
        name: "the KDC's name does not resolve",
        environment: () =>
          krb5Conf("no-name.conf", (text) => text.replace("kdc.example.test", "gone.example.test")),
        exitStatus: 3,
        says: "DNS has its name",
      },
      {
        name: "the KDC is another server",
        environment: () =>
          krb5Conf("not-a-kdc.conf", (text) => text.replace("kdc.example.test", "ipa.example.test:443")),
        exitStatus: 3,
        says: "port 88",
      },
      {
        name: "the KDC is down",
        stopped: "kdc",
        exitStatus: 3,
        says: "Cannot contact any KDC for realm 'EXAMPLE.TEST'",
      },
      { name: "the servers' clocks are two hours behind", clock: "-2h", exitStatus: 0 },
      {
        name: "the servers' clocks are two hours behind, and libkrb5 may not take the KDC's time",
        clock: "-2h",
        environment: () =>
          krb5Conf("no-timesync.conf", (text) =>
            text.replace("[libdefaults]", "[libdefaults]\n  kdc_timesync = 0"),
          ),
        exitStatus: 4,
        says: "clock",
      },
      {
        name: "there is no ccache",
        wish: () => ({ isDefault: true }),
        // The directory answers here, and would lead the original to another server.
        options: () => ["-K", "-L", "ldap://gone.example.test"],
        environment: async () => ({ KRB5CCNAME: "FILE:/nonexistent" }),
        exitStatus: 3,
        says: "kinit",
      },
    ];

    it.each(situations)("$name: exit status $exitStatus", async (situation) => {
      const { wish = () => ({}), options = () => [], stopped, clock, exitStatus, says = "" } = situation;
      const environment = (await situation.environment?.()) ?? {};
      const both = async () => {
        const theirOptions = ["-P", "host/client.example.test", ...options(), lab.path("csr.pem")];
        const theirs = await lab.attempt(original ?? "", theirOptions, { environment });
        return { ours: await negotiate(wish(), environment), theirs };
      };
      const atClock = () => (clock === undefined ? both() : withServersAt(clock, both));
      const { ours, theirs } = await (stopped ? lab.without("stop", stopped, both) : atClock());
      expect({ ours: ours.exitStatus, theirs: theirs.exitStatus }).toEqual({
        ours: exitStatus,
        theirs: exitStatus,
      });
      expect(ours.failure?.message ?? "").toContain(says);
      if (clock !== undefined && exitStatus === 0) {
        expect(Math.abs(ours.clockOffsetSeconds + 7200)).toBeLessThan(30);
      }
    });

    /** KDC and web server with another clock. (libkrb5 here takes no faketime: RTLD_DEEPBIND passes over it.) */
    async function withServersAt<T>(clock: string, work: () => Promise<T>): Promise<T> {
      const servers = ["kdc", "apache"] as const;
      for (const server of servers) {
        await lab.server("stop", server);
        await lab.server("start", server, { environment: { CLOCK: clock } });
      }
      try {
        return await work();
      } finally {
        for (const server of servers) {
          await lab.server("stop", server);
          await lab.server("start", server);
        }
      }
    }
  });

  describe("within the executable", () => {
    let directory: string;
    let executable: string;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "kerberos-executable-"));
      executable = await makeProbeExecutable(directory);
    });
    afterAll(() => rm(directory, { recursive: true, force: true }));

    const beside = () => join(dirname(executable), "koffi.node");

    /** Runs the probe where some directories do not let programs be mapped from them. */
    async function withNoexec(directories: string[], environment: Record<string, string> = {}) {
      const mounts = directories.map((path) => `mkdir -p ${path} && mount -t tmpfs -o noexec tmpfs ${path}`);
      // `/run` is the lab's in its namespace, and stays so after this.
      const commands = [...mounts, 'exec "$0" negotiate {}'].join(" && ");
      return parse(
        await lab.attempt("unshare", ["--mount", "sh", "-c", commands, executable], { environment }),
      );
    }

    it("finds its addon beside itself", async () => {
      expect(existsSync(beside())).toBe(true);
      // Nothing can be extracted, so it is this one.
      const all = ["/run", "/dev/shm", "/var/lib/certmonger-helper", lab.path("tmp")];
      expect(await withNoexec(all, { TMPDIR: lab.path("tmp") })).toMatchObject({
        status: 200,
        isProved: true,
      });
    });

    it("extracts it where it may, and leaves nothing behind", async () => {
      await rename(beside(), join(directory, "elsewhere.node"));
      const shown = await withNoexec(["/run", lab.path("tmp")], { TMPDIR: lab.path("tmp") });
      expect(shown).toMatchObject({ status: 200, isProved: true });
      expect(await lab.run("ls", ["/dev/shm"])).not.toContain("certmonger-helper-");
    });

    it("says what to do when it may nowhere", async () => {
      const all = ["/run", "/dev/shm", "/var/lib/certmonger-helper", lab.path("tmp")];
      const { exitStatus, failure } = await withNoexec(all, { TMPDIR: lab.path("tmp") });
      expect(exitStatus).toBe(4);
      expect(failure.message).toContain("put koffi.node beside the executable");
      for (const path of all) expect(failure.message).toContain(path);
    });

    it("names the packages when the system has no Kerberos libraries", async () => {
      const library = (
        await run("sh", ["-c", "ls -1 /usr/lib*/libkrb5.so.3 /usr/lib/*/libkrb5.so.3 2>/dev/null || :"])
      ).split("\n")[0];
      const commands = `mount --bind /dev/null "$(readlink -f ${library})" && exec "$0" negotiate {}`;
      const finished = await lab.attempt("unshare", ["--mount", "sh", "-c", commands, executable]);
      const { exitStatus, failure } = parse(finished);
      expect(exitStatus).toBe(4);
      expect(failure.message).toMatch(
        /^install libkrb5-3 \(Debian, Ubuntu\) or krb5-libs \(Fedora, RHEL\): /,
      );
    });

    it("ends in time although the KDC never answers", async () => {
      await lab.without("freeze", "kdc", async () => {
        const started = performance.now();
        expect(parse(await lab.attempt(executable, ["hang", "1000"]))).toMatchObject({ exitStatus: 3 });
        expect(performance.now() - started).toBeLessThan(5_000);
      });
    });
  });
});
