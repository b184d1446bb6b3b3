import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "./support/eventually.ts";
import { executable } from "./support/executable.ts";
import { OurDaemon } from "./support/our-daemon.ts";
import { need } from "./support/peers.ts";
import { attempt, type Finished, run } from "./support/run.ts";

const { leaveOut, note } = need("getcert", "openssl");
const signer = fileURLToPath(new URL("../fixtures/helpers/sign-with-openssl.sh", import.meta.url));
const isRoot = process.getuid?.() === 0;

describe.skipIf(leaveOut)(`the daemon${note}`, () => {
  let daemon: OurDaemon;
  beforeEach(async () => {
    daemon = await OurDaemon.start(["--no-installed-cas", "--stop-deadline", "1s"]);
    mkdirSync(at("out"));
  });
  afterEach(async () => await daemon.stop());

  const at = (name: string): string => join(daemon.directory, name);
  const getcert = async (...words: string[]): Promise<Finished> =>
    await attempt("getcert", words, { environment: { CERTMONGER_PVT_ADDRESS: daemon.address } });
  const request = async (id: string, ...words: string[]): Promise<Finished> =>
    await getcert(
      "request",
      ...["-c", "Test", "-I", id, "-N", `CN=${id}`, "-G", "EC", "-g", "256"],
      ...["-k", at(`out/${id}.key`), "-f", at(`out/${id}.pem`), ...words],
    );
  async function addCa(): Promise<void> {
    // The CA is made on first use, and the eight questions come all at once.
    await run(signer, [at("ca")], { environment: { CERTMONGER_OPERATION: "IDENTIFY" } });
    await getcert("add-ca", "-c", "Test", "-e", `${signer} ${at("ca")}`);
  }
  const reaches = async (id: string, state: string): Promise<unknown> =>
    await eventually(
      `${id} reaches ${state}`,
      async () => (await getcert("list", "-i", id)).stdout.includes(`status: ${state}\n`),
      { explain: () => daemon.log() },
    );

  function script(name: string, does: string): string {
    writeFileSync(at(name), `#!/bin/sh\n${does}\n`);
    chmodSync(at(name), 0o755);
    return at(name);
  }

  it("goes on beside junk in its store, and leaves the junk as it is", async () => {
    await addCa();
    await daemon.stopDaemon();
    const record = (id: string, ...more: string[]): string =>
      [
        `id=${id}`,
        "ca_name=Test",
        "state=NEWLY_ADDED",
        "key_gen_type=EC",
        "key_storage_type=FILE",
        `key_storage_location=${at(`out/${id}.key`)}`,
        "cert_storage_type=FILE",
        `cert_storage_location=${at(`out/${id}.pem`)}`,
        ...more,
        "",
      ].join("\n");
    const junk: Readonly<Record<string, string | Buffer>> = {
      "20200101000001": Buffer.alloc(2000, 0xa5),
      "20200101000002": "",
      "20200101000003": "state=MONITORING\n",
      "20200101000004": Buffer.from(record("latin", "template_hostname=caf\xe9.test"), "latin1"),
      "20200101000006": record("good"),
    };
    for (const [name, content] of Object.entries(junk)) writeFileSync(at(`requests/${name}`), content);
    writeFileSync(at("requests/20200101000005"), record("good", "from_elsewhere=kept"));
    writeFileSync(at("requests/20200101000007"), record("lost").replace("NEWLY_ADDED", "NO_SUCH_STATE"));
    writeFileSync(at("requests/20200101000010"), record("stray").replace("ca_name=Test", "ca_name=Nobody"));
    mkdirSync(at("requests/20200101000008"));
    await attempt("mkfifo", [at("requests/20200101000009")]);
    await daemon.startDaemon();
    await reaches("good", "MONITORING");
    await reaches("stray", "NEED_CA");
    await reaches("lost", "NEED_GUIDANCE");
    expect((await getcert("list")).stdout).toContain("being tracked: 3.");
    expect((await getcert("list")).stdout).toContain('ca-error: there is no CA with the name "Nobody"');
    const log = daemon.log();
    for (const [number, reason] of Object.entries({
      1: "it is not UTF-8",
      2: "there is no id in it",
      3: "there is no id in it",
      4: "it is not UTF-8",
      6: 'the id "good" is already in',
      8: "it is no file",
      9: "it is no file",
    })) {
      expect(log).toContain(`requests/2020010100000${number} is left alone: ${reason}`);
    }
    expect(log).toContain('requests/20200101000007: "NO_SUCH_STATE" is no state');
    expect(readFileSync(at("requests/20200101000005"), "utf8")).toContain("from_elsewhere=kept\n");
    for (const [name, content] of Object.entries(junk)) {
      expect(readFileSync(at(`requests/${name}`)), name).toEqual(Buffer.from(content));
    }
  });

  it("does not start on the state of another one, and says who has it", async () => {
    const words = ["daemon", "--directory", daemon.directory, "-L", "-P", at("second")];
    const { exitStatus, stderr } = await attempt(executable("certmonger-helper"), words);
    expect(exitStatus).toBe(1);
    expect(stderr).toMatch(
      /^certmonger-helper daemon: cannot lock .*: held by process \d+ \(certmonger-helper\)\n$/,
    );
    expect((await getcert("list")).exitStatus).toBe(0);
  });

  it("ends in time although a hook hangs, and runs that hook again after the next start", async () => {
    await addCa();
    const hook = script("hook.sh", `[ -e ${at("hang")} ] && exec sleep 1000\necho ran >>${at("hooks")}`);
    writeFileSync(at("hang"), "");
    await request("www", "-C", hook);
    await reaches("www", "POST_SAVED_CERT");
    await request("other", "-w");
    expect(existsSync(at("out/other.pem"))).toBe(true);
    await daemon.stopDaemon();
    await attempt("rm", [at("hang")]);
    await daemon.startDaemon();
    await reaches("www", "MONITORING");
    expect(readFileSync(at("hooks"), "utf8")).toBe("ran\n");
  });

  it("goes on after hooks that fail, are killed or are not there", async () => {
    await addCa();
    await request("fails", "-w", "-B", "/bin/false", "-C", "/nowhere/hook");
    await request("dies", "-w", "-B", script("dies.sh", "kill -9 $$"), "-C", '/bin/true "open');
    for (const id of ["fails", "dies"]) await reaches(id, "MONITORING");
    const log = daemon.log();
    for (const end of [
      'hook "/bin/false" ended: 1',
      'hook "/nowhere/hook": no such file: /nowhere/hook',
      'dies.sh" ended: SIGKILL',
      'hook "/bin/true "open" was not run: Unmatched "',
    ]) {
      expect(log).toContain(end);
    }
  });

  it.skipIf(!isRoot)("runs a hook as the user who set it, as root only", async () => {
    await addCa();
    chmodSync(daemon.directory, 0o755);
    mkdirSync(at("open"));
    chmodSync(at("open"), 0o777);
    const hook = script("hook.sh", `id -u >>${at("open/users")}; id -G >>${at("open/users")}`);
    await request("www", "-w", "-C", hook);
    const setUser = async (uid: string): Promise<void> => {
      await daemon.stopDaemon();
      const [name = ""] = readdirSync(at("requests"));
      const text = readFileSync(at(`requests/${name}`), "utf8");
      writeFileSync(at(`requests/${name}`), text.replace(/post_certsave_uid=.*/, `post_certsave_uid=${uid}`));
      await attempt("rm", [at("open/users")]);
      await daemon.startDaemon();
      await getcert("resubmit", "-w", "-i", "www");
      await reaches("www", "MONITORING");
    };
    expect(readFileSync(at("open/users"), "utf8")).toMatch(/^0\n/);
    await setUser("65534");
    expect(readFileSync(at("open/users"), "utf8")).toBe("65534\n65534\n");
    await setUser("54321");
    expect(existsSync(at("open/users"))).toBe(false);
    expect(daemon.log()).toContain('was not run: there is no user "54321"');
  });
});
