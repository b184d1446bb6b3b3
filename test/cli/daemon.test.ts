import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const main = resolve(import.meta.dirname, "../../src/main.ts");

describe("certmonger-helper daemon", () => {
  let directory = "";
  const children: ChildProcess[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "cli-daemon-"));
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    rmSync(directory, { recursive: true });
  });

  const argv = (...words: string[]) => [
    main,
    "daemon",
    "--directory",
    directory,
    "--no-installed-cas",
    ...words,
  ];
  const pidFile = () => join(directory, "pid");

  async function start(...words: string[]): Promise<ChildProcess> {
    const child = spawn(process.execPath, argv("-L", "-n", "-d", "3", "-p", pidFile(), ...words), {
      stdio: "ignore",
    });
    children.push(child);
    await expect.poll(() => existsSync(pidFile()), { timeout: 15_000 }).toBe(true);
    return child;
  }

  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "serves until %s, and takes its socket and pid file away",
    async (signal) => {
      const child = await start();
      expect(existsSync(join(directory, "socket"))).toBe(true);
      expect(readFileSync(pidFile(), "utf8")).toBe(`${child.pid}\n`);
      const ended = once(child, "exit");
      child.kill(signal);
      expect(await ended).toEqual([0, null]);
      expect(existsSync(join(directory, "socket"))).toBe(false);
      expect(existsSync(pidFile())).toBe(false);
    },
  );

  it("hears a signal while a bus does not answer", async () => {
    const deaf = createServer(() => {}).listen(join(directory, "bus"));
    const child = spawn(process.execPath, argv("-S", "-d", "3"), {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${join(directory, "bus")}` },
    });
    children.push(child);
    await once(deaf, "connection");
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    deaf.close();
  });

  it("lets no second one have its files, and says who has them", async () => {
    const child = await start();
    const second = spawnSync(process.execPath, argv("-L", "-P", join(directory, "other")), {
      encoding: "utf8",
      timeout: 15_000,
    });
    expect(second.status).toBe(1);
    expect(second.stderr).toContain(`held by process ${child.pid}`);
  });

  it("quits when the command of -c ends, which gets its address", () => {
    const out = join(directory, "address");
    const run = spawnSync(
      process.execPath,
      argv("-L", "-c", `/bin/sh -c 'echo $CERTMONGER_PVT_ADDRESS >${out}'`),
      {
        encoding: "utf8",
        timeout: 15_000,
      },
    );
    expect(run.status).toBe(0);
    expect(readFileSync(out, "utf8")).toBe(`unix:path=${join(directory, "socket")}\n`);
  });

  it("has a clock that is moved from outside, when it is a manual one", async () => {
    const move = () =>
      spawnSync(process.execPath, argv("--advance", "340d"), { encoding: "utf8", timeout: 15_000 });
    const before = Date.now();
    await start("--clock", "manual");
    const { stdout, status } = move();
    expect(status).toBe(0);
    const moved = new Date(stdout.trim()).getTime() - before;
    expect(Math.abs(moved - 340 * 86_400_000)).toBeLessThan(60_000);
  });

  it("has a system clock that can not be moved", async () => {
    await start();
    const run = spawnSync(process.execPath, argv("--advance", "340d"), { encoding: "utf8", timeout: 15_000 });
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/clock/);
  });

  it("never takes an installed certmonger's files by itself", () => {
    const run = spawnSync(process.execPath, [main, "daemon", "-L"], {
      encoding: "utf8",
      env: { PATH: "/usr/bin:/bin" },
    });
    expect(run.status).toBe(2);
    expect(run.stderr).toContain("--directory or CERTMONGER_REQUESTS_DIR");
  });
});
