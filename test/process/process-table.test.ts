import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { holdersOf, isEnding, membersOf, signalAll } from "../../src/process/process-table.ts";

let directory: string;
let child: ChildProcess;
let pid: number;
/** What a parser of /proc/PID/stat stumbles over. */
const name = "a) Z (b 1 2";

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "table-"));
  await copyFile("/bin/sleep", join(directory, name));
  child = spawn(join(directory, name), ["60"], { detached: true, stdio: "ignore" });
  await once(child, "spawn");
  pid = child.pid ?? 0;
});

afterEach(async () => {
  child.kill("SIGKILL");
  await rm(directory, { recursive: true });
});

it("finds the members of a session, whatever their names", () => {
  expect(membersOf(pid)).toEqual([{ pid, name }]);
});

it("tells a living process from one that is dead, and from one that never was", async () => {
  expect(isEnding(pid)).toBe(false);
  signalAll([{ pid, name }], "SIGKILL");
  await expect.poll(() => isEnding(pid)).toBe(true);
  expect(membersOf(pid)).toEqual([]);
  expect(isEnding(2 ** 22 + 1)).toBe(true);
});

it("a signal to a process that is gone is no error", async () => {
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(() => signalAll([{ pid, name }], "SIGTERM")).not.toThrow();
});

it("finds who else has a file open", async () => {
  const path = join(directory, "held");
  const file = await open(path, "w");
  const holder = spawn("sleep", ["60"], { stdio: ["ignore", file.fd, "ignore"] });
  try {
    await once(holder, "spawn");
    const { dev, ino } = await file.stat();
    expect(holdersOf({ dev, ino })).toEqual([{ pid: holder.pid, name: "sleep" }]);
    holder.kill();
    await once(holder, "exit");
    expect(holdersOf({ dev, ino })).toEqual([]);
  } finally {
    holder.kill();
    await file.close();
  }
});
