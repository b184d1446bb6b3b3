import { existsSync, globSync, realpathSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeProbeExecutable } from "./support/kerberos-executable.ts";
import { KerberosLab, needKerberosLab } from "./support/kerberos-lab.ts";
import { shownBy } from "./support/kerberos-probe-runs.ts";

const { leaveOut, note } = needKerberosLab();
let lab: KerberosLab;

describe.skipIf(leaveOut)(`Kerberos within the executable${note}`, () => {
  let directory: string;
  let executable: string;

  beforeAll(async () => {
    lab = await KerberosLab.start();
    await mkdir(lab.path("tmp"));
    directory = await mkdtemp(join(tmpdir(), "kerberos-executable-"));
    executable = await makeProbeExecutable(directory);
  });
  afterAll(async () => {
    await lab?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const beside = () => join(dirname(executable), "koffi.node");

  /** Runs the probe where some directories do not let programs be mapped from them. */
  async function withNoexec(directories: string[], environment: Record<string, string> = {}) {
    const mounts = directories.map(
      (path) => `{ [ ! -d ${path} ] || mount -t tmpfs -o noexec tmpfs ${path}; }`,
    );
    const commands = [...mounts, 'exec "$0" negotiate {}'].join(" && ");
    return shownBy(
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
    const found = globSync(["/usr/lib*/libkrb5.so.3", "/usr/lib/*/libkrb5.so.3"]).map((path) =>
      realpathSync(path),
    );
    expect(found.length).toBeGreaterThan(0);
    const commands = [...found.map((path) => `mount --bind /dev/null ${path}`), 'exec "$0" negotiate {}'];
    const args = ["--mount", "sh", "-c", commands.join(" && "), executable];
    const { exitStatus, failure } = shownBy(await lab.attempt("unshare", args));
    expect(exitStatus).toBe(4);
    expect(failure.message).toMatch(/^install libkrb5-3 \(Debian, Ubuntu\) or krb5-libs \(Fedora, RHEL\): /);
  });

  it("ends in time although the KDC never answers", async () => {
    await lab.without("freeze", "kdc", async () => {
      const started = performance.now();
      expect(shownBy(await lab.attempt(executable, ["hang", "1000"]))).toMatchObject({ exitStatus: 3 });
      expect(performance.now() - started).toBeLessThan(5_000);
    });
  });
});
