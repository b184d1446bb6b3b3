import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Background, startInBackground } from "./support/background.ts";
import { eventually } from "./support/eventually.ts";
import { executable } from "./support/executable.ts";
import { OurDaemon } from "./support/our-daemon.ts";
import { need } from "./support/peers.ts";
import { attempt, run } from "./support/run.ts";

const { leaveOut, note } = need("certmonger", "dbus-daemon", "openssl");
const busScript = fileURLToPath(new URL("../../scripts/lab/certmonger/bus.sh", import.meta.url));
const isRoot = process.getuid?.() === 0;

describe.skipIf(leaveOut)(`our daemon on a bus${note}`, () => {
  let directory: string;
  let environment: Record<string, string>;
  const processes: Background[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "getcert-bus-"));
    environment = { DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${directory}/bus`, CERTMONGER_PVT_ADDRESS: "" };
    processes.push(startInBackground(busScript, [directory], join(directory, "bus.log")));
    await eventually("the bus is there", () => existsSync(join(directory, "bus")), { deadlineMs: 20_000 });
    // Other users may speak on this bus, as on the system's: what they may do is the daemon's decision.
    await chmod(directory, 0o755);
    await chmod(join(directory, "bus"), 0o777);
    const daemonArguments = ["daemon", "--directory", join(directory, "state"), "-S"];
    const log = join(directory, "daemon.log");
    const all = { ...process.env, ...environment };
    processes.push(startInBackground(executable("certmonger-helper"), daemonArguments, log, all));
    await eventually("our daemon answers", async () => (await getcert("list")).exitStatus === 0, {
      deadlineMs: 20_000,
      explain: () => readFileSync(log, "utf8"),
    });
  });
  afterAll(async () => {
    for (const one of processes.reverse()) await one.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const getcert = (...args: string[]) => attempt("getcert", args, { environment });
  const ours = (...args: string[]) =>
    attempt(executable("certmonger-helper"), ["getcert", ...args], { environment });

  it("certmonger's getcert and ours see the same there", async () => {
    const [key, certificate] = [join(directory, "k.pem"), join(directory, "c.pem")];
    const added = await getcert("request", "-c", "SelfSign", "-I", "web", "-k", key, "-f", certificate, "-w");
    expect(added).toMatchObject({ exitStatus: 0, stdout: 'New signing request "web" added.\n' });
    expect((await run("openssl", ["x509", "-in", certificate, "-noout", "-subject"])).trim()).toMatch(/CN/);
    const [theirs, our] = [await getcert("list"), await ours("list")];
    expect(theirs.stdout).toContain("status: MONITORING");
    expect(our).toEqual(theirs);
    expect((await ours("list-cas", "-v")).stdout).toBe((await getcert("list-cas", "-v")).stdout);
  });

  it.skipIf(!isRoot)("another user is refused, and told so", async () => {
    const asNobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "getcert"];
    const refused = await attempt("setpriv", [...asNobody, "list"], { environment });
    expect(refused).toMatchObject({
      exitStatus: 1,
      stdout: "Insufficient access.  Please retry operation as root.\n",
    });
  });

  it("a second daemon does not take the name away from the first", async () => {
    const second = ["daemon", "--directory", join(directory, "second"), "-S"];
    const refused = await attempt(executable("certmonger-helper"), second, { environment });
    expect(refused.exitStatus).not.toBe(0);
    expect(refused.stderr).toContain("another program already is org.fedorahosted.certmonger on this bus");
    expect((await getcert("list")).exitStatus).toBe(0);
  });

  it("without any daemon, both getcerts say what to do", async () => {
    const nowhere = {
      ...environment,
      DBUS_SYSTEM_BUS_ADDRESS: "",
      CERTMONGER_PVT_ADDRESS: "unix:path=/nope",
    };
    const args = ["list"];
    const theirs = await attempt("getcert", args, { environment: nowhere });
    const our = await attempt(executable("certmonger-helper"), ["getcert", ...args], {
      environment: nowhere,
    });
    expect(our).toEqual(theirs);
    expect(our.exitStatus).toBe(1);
  });
});

describe.skipIf(leaveOut)(`getcert watch${note}`, () => {
  it("shows each state of a request as it comes, and ends with ^C", async () => {
    const daemon = await OurDaemon.start();
    const watched = join(daemon.directory, "watched");
    const environment = { ...process.env, CERTMONGER_PVT_ADDRESS: daemon.address };
    const watch = startInBackground(
      executable("certmonger-helper"),
      ["getcert", "watch"],
      watched,
      environment,
    );
    try {
      const seen = () => (existsSync(watched) ? readFileSync(watched, "utf8") : "");
      const places = ["-k", join(daemon.directory, "k.pem"), "-f", join(daemon.directory, "c.pem")];
      const request = ["getcert", "request", "-c", "SelfSign", "-I", "web", ...places, "-w"];
      await run(executable("certmonger-helper"), request, { environment });
      await eventually("the last state is shown", () => / web {2}MONITORING$/m.test(seen()), {
        deadlineMs: 20_000,
        explain: seen,
      });
      const stop = ["getcert", "stop-tracking", "-i", "web"];
      await run(executable("certmonger-helper"), stop, { environment });
      await eventually("its end is shown", () => seen().includes("web  is no longer tracked"), {
        deadlineMs: 20_000,
        explain: seen,
      });
      expect(await watch.stop()).toBe(true);
    } finally {
      await watch.stop();
      await daemon.stop();
    }
  });
});
