import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { executable } from "./support/executable.ts";
import { OurDaemon } from "./support/our-daemon.ts";
import { attempt, run } from "./support/run.ts";

const refuse = fileURLToPath(new URL("../fixtures/helpers/refuse.sh", import.meta.url));
const reason =
  "the policy of this realm knows no host of that name, ask the security team to add it, and name the ticket";

const hasTerminals = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;
const note = hasTerminals
  ? ""
  : " (left out: needs pseudo-terminals, and script of the Debian package bsdutils)";

/** What getcert has for people and programs that certmonger's does not have, on a daemon whose clock is moved by hand. */
describe.skipIf(!hasTerminals)(`getcert for a person at a terminal${note}`, () => {
  let daemon: OurDaemon;
  const helper = executable("certmonger-helper");
  const environment = () => ({ CERTMONGER_PVT_ADDRESS: daemon.address, TERM: "xterm" });
  const getcert = (...args: string[]) =>
    attempt(helper, ["getcert", ...args], { environment: environment() });
  /** As `getcert list` looks on a terminal of that width. */
  const onTerminal = async (columns: number, command: string): Promise<string[]> => {
    const words = `stty cols ${columns}; exec '${helper}' getcert ${command}`;
    const screen = await run("script", ["-qec", words, "/dev/null"], { environment: environment() });
    return screen.split(/\r?\n/);
  };
  const request = async (ca: string, id: string, ...more: string[]) => {
    const places = ["-k", join(daemon.directory, `${id}.key`), "-f", join(daemon.directory, `${id}.pem`)];
    const keys = ["-G", "EC", "-g", "256"];
    await getcert("request", "-c", ca, "-I", id, "-N", `CN=${id}`, ...keys, ...places, ...more, "-w");
  };

  beforeAll(async () => {
    daemon = await OurDaemon.start(["--clock", "manual"]);
    await getcert("add-ca", "-c", "Strict", "-e", `${refuse} 2 '${reason}'`);
    // Only about requests: questions that end with 3 would be asked again every six hours, all year long.
    const away = join(daemon.directory, "away.sh");
    await writeFile(
      away,
      '#!/bin/sh\n[ "$CERTMONGER_OPERATION" = SUBMIT ] || exit 6\necho nobody there\nexit 3\n',
    );
    await chmod(away, 0o755);
    await getcert("add-ca", "-c", "Away", "-e", away);
    await request("SelfSign", "web", "-C", `/usr/bin/touch ${join(daemon.directory, "reloaded")}`);
    await request("Strict", "refused");
    await request("Away", "away");
  });
  afterAll(async () => await daemon.stop());

  it("list is a table: who needs help comes first, with the reason, and what comes next", async () => {
    const screen = await onTerminal(90, "list");
    expect(screen).toEqual([
      "   REQUEST  STATE           EXPIRES      CA",
      "!  refused  CA_REJECTED     -            Strict",
      `     ${daemon.directory}/refused.pem`,
      "     why:  the policy of this realm knows no host of that name, ask the security team to",
      "           add it, and name the ticket",
      "     next: nothing, until you getcert resubmit -i refused",
      "!  away     CA_UNREACHABLE  -            Away",
      `     ${daemon.directory}/away.pem`,
      "     why:  nobody there",
      "     next: tries again in 7 days; now: getcert refresh -i away",
      expect.stringMatching(/^ {3}web {6}MONITORING {6}in 36[56] days {2}SelfSign$/),
      `     ${daemon.directory}/web.pem`,
      expect.stringMatching(/^ {5}next: renews in 33[78] days$/),
      "",
      "3 tracked, 2 need help. All there is to know: getcert list -i REQUEST",
      "",
    ]);
  });

  it("one request, a pipe and --plain show certmonger's blocks", async () => {
    const piped = (await getcert("list")).stdout;
    expect(piped).toMatch(/^Number of certificates and requests being tracked: 3\.\n/);
    expect((await onTerminal(90, "list --plain")).join("\n")).toBe(piped);
    expect((await onTerminal(90, "list -i web"))[1]).toBe("Request ID 'web':");
  });

  it("a command is run after saving, although it was asked for over a private socket, where certmonger runs none", () => {
    expect(existsSync(join(daemon.directory, "reloaded"))).toBe(true);
  });

  it("--json has the facts of the list, whether help is needed, and what comes next and when", async () => {
    const requests: Record<string, unknown>[] = JSON.parse((await getcert("list", "--json")).stdout);
    expect(requests).toHaveLength(3);
    expect(requests.find(({ id }) => id === "refused")).toMatchObject({
      state: "CA_REJECTED",
      isStuck: true,
      needsHelp: true,
      caError: reason,
      ca: "Strict",
      next: "nothing, until you getcert resubmit -i refused",
      certificate: { type: "FILE", location: join(daemon.directory, "refused.pem") },
    });
    const web = requests.find(({ id }) => id === "web") ?? expect.unreachable();
    expect(web).toMatchObject({ state: "MONITORING", needsHelp: false, subject: "CN=web" });
    for (const key of ["notAfter", "nextAt"]) expect(String(web[key])).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    const cas: unknown[] = JSON.parse((await getcert("list-cas", "--json", "-c", "Strict")).stdout);
    expect(cas).toEqual([expect.objectContaining({ nickname: "Strict", type: "EXTERNAL" })]);
  });

  it("the clock is moved from outside: the certificate renews, and the table goes by that time", async () => {
    const serial = async () => {
      const all: { id: string; serial: string }[] = JSON.parse((await getcert("list", "--json")).stdout);
      return all.find(({ id }) => id === "web")?.serial;
    };
    const before = await serial();
    const advance = (time: string) =>
      run(helper, ["daemon", "--directory", daemon.directory, "--advance", time]);
    const first = await advance("330d");
    expect(await serial()).toBe(before);
    expect((await onTerminal(90, "list")).find((line) => line.includes(" web "))).toMatch(/in 3[56] days/);
    const second = await advance("10d");
    expect(Date.parse(second.trim()) - Date.parse(first.trim())).toBe(10 * 86_400_000);
    expect(await serial()).not.toBe(before);
  });

  it("a clock that is the computer's can not be moved, and says so", async () => {
    const other = await OurDaemon.start();
    try {
      const refused = await attempt(helper, ["daemon", "--directory", other.directory, "--advance", "1d"]);
      expect(refused.exitStatus).not.toBe(0);
      expect(refused.stderr).toContain("--clock manual");
    } finally {
      await other.stop();
    }
  });
});
