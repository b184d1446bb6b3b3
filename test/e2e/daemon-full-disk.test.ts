import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Background, startInBackground } from "./support/background.ts";
import { eventually } from "./support/eventually.ts";
import { executable } from "./support/executable.ts";
import { need } from "./support/peers.ts";
import { attempt, run } from "./support/run.ts";

const { leaveOut, note } = need("getcert", "openssl");
const signer = fileURLToPath(new URL("../fixtures/helpers/sign-with-openssl.sh", import.meta.url));
const mountNowhere = ["--mount", "mount", "-t", "tmpfs", "none", tmpdir()];
const mayMount = spawnSync("unshare", mountNowhere, { stdio: "ignore" }).status === 0;
const mountNote = mayMount ? "" : " (left out: needs the right to mount a small disk)";

/** In a mount namespace of its own, so that a killed test leaves no mount behind. */
const startOnSmallDisks = `
for place in out requests; do mount -t tmpfs -o size=200k,mode=700 none "$1/$place" || exit 1; done
exec "$2" daemon --directory "$1" -L -d 3 --no-installed-cas --clock manual -p "$1/pid"
`;

/**
 * The daemon on two disks of 200 KiB, for its targets and for its store. In the same situation certmonger 0.79.17 leaves key
 * files of no octets, which stop their requests until a person acts, and empties the files of its store: after a restart
 * those requests are gone.
 */
describe.skipIf(leaveOut || !mayMount)(`a full disk${note}${mountNote}`, () => {
  let directory = "";
  let daemon: Background;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "full-disk-"));
    await run("mkdir", [join(directory, "out"), join(directory, "requests"), join(directory, "config")]);
    const configuration = "[defaults]\nnotification_method=none\n";
    writeFileSync(join(directory, "config/certmonger.conf"), configuration);
    await run(signer, [join(directory, "ca")], { environment: { CERTMONGER_OPERATION: "IDENTIFY" } });
    const words = [
      "--mount",
      "sh",
      "-c",
      startOnSmallDisks,
      "sh",
      directory,
      executable("certmonger-helper"),
    ];
    const environment = { ...process.env, CERTMONGER_CONFIG_DIR: join(directory, "config") };
    daemon = startInBackground("unshare", words, join(directory, "log"), environment);
    await eventually("the daemon has started", () => readdirSync(directory).includes("pid"), {
      deadlineMs: 20_000,
      explain: log,
    });
    await getcert("add-ca", "-c", "Test", "-e", `${signer} ${join(directory, "ca")}`);
    expect(await request("www", "-w")).toMatchObject({ exitStatus: 0 });
    expect(await shown("www")).toContain("status: MONITORING");
  });
  afterEach(async () => {
    await daemon.stop();
    rmSync(directory, { recursive: true });
  });

  const log = (): string => readFileSync(join(directory, "log"), "utf8");
  /** A path as the daemon sees it. */
  const seen = (name: string): string =>
    `/proc/${readFileSync(join(directory, "pid"), "utf8").trim()}/root${directory}/${name}`;
  const getcert = async (...words: string[]) =>
    await attempt("getcert", words, {
      environment: { CERTMONGER_PVT_ADDRESS: `unix:path=${directory}/socket` },
    });
  const request = async (id: string, ...words: string[]) =>
    await getcert(
      ...["request", "-c", "Test", "-I", id, "-N", `CN=${id}`, "-G", "EC", "-g", "256"],
      ...["-k", join(directory, `out/${id}.key`), "-f", join(directory, `out/${id}.pem`), ...words],
    );
  const shown = async (id: string): Promise<string> => (await getcert("list", "-i", id)).stdout;
  const shows = async (id: string, text: string): Promise<unknown> =>
    await eventually(`${id}: ${text}`, async () => (await shown(id)).includes(text), { explain: log });
  const contents = (place: string): ReadonlyMap<string, string> =>
    new Map(readdirSync(seen(place)).map((name) => [name, readFileSync(seen(`${place}/${name}`), "latin1")]));

  function fill(place: string): void {
    const filler = seen(`${place}/filler`);
    try {
      for (;;) writeFileSync(filler, Buffer.alloc(1024), { flag: "a" });
    } catch (error) {
      expect(error).toMatchObject({ code: "ENOSPC" });
    }
    expect(statSync(filler).size).toBeGreaterThan(0);
  }

  /** What waits for half a minute is due. */
  async function passMinute(): Promise<void> {
    const words = ["daemon", "--directory", directory, "--advance", "1m"];
    await run(executable("certmonger-helper"), words);
  }

  async function expectPair(id: string): Promise<void> {
    const key = await run("openssl", ["pkey", "-in", seen(`out/${id}.key`), "-pubout"]);
    const certificate = await run("openssl", ["x509", "-in", seen(`out/${id}.pem`), "-noout", "-pubkey"]);
    expect(certificate).toBe(key);
  }

  it("for keys and certificates: the old pair stays, and all goes on when there is room", async () => {
    const before = contents("out");
    fill("out");
    const full = (name: string): string => `ca-error: cannot write ${directory}/out/${name}`;
    await getcert("rekey", "-i", "www");
    await shows("www", full("www.key."));
    await getcert("resubmit", "-i", "www");
    await shows("www", `${full("www.pem")}: no space left on device`);
    await request("new");
    await shows("new", `${full("new.key")}: no space left on device`);
    const { filler: _, ...after } = Object.fromEntries(contents("out"));
    expect(after).toEqual(Object.fromEntries(before));

    rmSync(seen("out/filler"));
    await passMinute();
    for (const id of ["www", "new"]) {
      await shows(id, "status: MONITORING");
      expect(await shown(id)).not.toContain("ca-error");
      await expectPair(id);
    }
    expect(readdirSync(seen("out")).sort()).toEqual(["new.key", "new.pem", "www.key", "www.pem"]);
  });

  it("for the store: no record is lost, and what was not written is written when there is room", async () => {
    const before = contents("requests");
    fill("requests");
    const refused = await request("new");
    expect(refused.exitStatus).toBe(1);
    expect(refused.stdout).toContain("no space left on device");
    await getcert("rekey", "-i", "www");
    await shows("www", "no space left on device");
    await getcert("resubmit", "-i", "www");
    await shows("www", "status: MONITORING");
    await expectPair("www");
    const { filler: _, ...after } = Object.fromEntries(contents("requests"));
    expect(after).toEqual(Object.fromEntries(before));

    rmSync(seen("requests/filler"));
    const [path = ""] = before.keys();
    await eventually("the record is written", () => log().includes(`requests/${path} is written again`));
    const serial = await run("openssl", ["x509", "-in", seen("out/www.pem"), "-noout", "-serial"]);
    expect(readFileSync(seen(`requests/${path}`), "utf8")).toContain(
      serial.trim().replace("serial=", "cert_serial="),
    );
    expect(readdirSync(seen("requests"))).toEqual([path]);
  });
});
