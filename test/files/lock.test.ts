import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withLock } from "../../src/files/lock.ts";

const worker = join(import.meta.dirname, "lock-worker.ts");
let directory: string;
let lock: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lock-"));
  lock = join(directory, "state.lock");
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
  }
  await rm(directory, { recursive: true });
});

function start(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [worker, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  return child;
}

async function startHolder(): Promise<ChildProcess> {
  const holder = start("hold", lock);
  if (holder.stdout === null) throw new Error("no stdout");
  const [text] = await once(holder.stdout, "data");
  expect(String(text)).toBe("locked\n");
  return holder;
}

describe("withLock", () => {
  it("lets twenty processes add to one counter without losing a count", { timeout: 90_000 }, async () => {
    const counter = join(directory, "counter");
    await writeFile(counter, "0");
    const workers = Array.from({ length: 20 }, () => start("count", lock, counter, "10"));
    const exits = await Promise.all(workers.map((child) => once(child, "exit")));
    expect(exits.map(([status]) => status)).toEqual(Array(20).fill(0));
    expect(await readFile(counter, "utf8")).toBe("200");
  });

  it("keeps tasks of one process apart too", async () => {
    let inside = 0;
    let most = 0;
    const task = () =>
      withLock(lock, { deadlineMs: 10_000 }, async () => {
        inside++;
        most = Math.max(most, inside);
        await stat(directory);
        inside--;
      });
    await Promise.all(Array.from({ length: 20 }, task));
    expect(most).toBe(1);
  });

  it("returns what the work returned, and is free again", async () => {
    expect(await withLock(lock, { deadlineMs: 0 }, () => "first")).toBe("first");
    expect(await withLock(lock, { deadlineMs: 0 }, async () => "second")).toBe("second");
  });

  it("passes on what the work threw, and is free again", async () => {
    const failing = withLock(lock, { deadlineMs: 0 }, () => {
      throw new Error("the work failed");
    });
    await expect(failing).rejects.toThrow("the work failed");
    await expect(withLock(lock, { deadlineMs: 0 }, () => "free")).resolves.toBe("free");
  });

  it("names the holder and the path at its deadline", async () => {
    const holder = await startHolder();
    const waiting = withLock(lock, { deadlineMs: 50 }, () => "never");
    await expect(waiting).rejects.toMatchObject({
      name: "FileError",
      code: "BUSY",
      path: lock,
      message: `cannot lock ${lock} within 0.05 s: held by process ${holder.pid} (node)`,
    });
  });

  it("says so when this very process holds the lock", async () => {
    const nested = withLock(lock, { deadlineMs: 1000 }, () => withLock(lock, { deadlineMs: 10 }, () => 0));
    await expect(nested).rejects.toThrow(`cannot lock ${lock} within 0.01 s: held by this process`);
  });

  it("goes to the next process as soon as its owner is killed with SIGKILL", async () => {
    const holder = await startHolder();
    const waiting = withLock(lock, { deadlineMs: 15_000 }, () => performance.now());
    expect(await Promise.race([waiting, nextTurn("still held")])).toBe("still held");
    holder.kill("SIGKILL");
    await once(holder, "exit");
    const killedAt = performance.now();
    expect((await waiting) - killedAt).toBeLessThan(1000);
  });

  it("stops waiting when the signal aborts, with the signal's reason", async () => {
    await startHolder();
    const controller = new AbortController();
    const waiting = withLock(lock, { deadlineMs: 60_000, signal: controller.signal }, () => "never");
    await nextTurn();
    controller.abort(new Error("told to stop"));
    await expect(waiting).rejects.toThrow("told to stop");
  });

  it("does not start the work when the signal has aborted before", async () => {
    const aborted = withLock(
      lock,
      { deadlineMs: 0, signal: AbortSignal.abort(new Error("too late")) },
      () => {
        throw new Error("the work was started");
      },
    );
    await expect(aborted).rejects.toThrow("too late");
  });

  it("makes a file that is empty, private and alone, whatever the umask", async () => {
    const umask = process.umask(0);
    try {
      await withLock(lock, { deadlineMs: 0 }, async () => {
        const { size, mode } = await stat(lock);
        expect([size, mode & 0o777]).toEqual([0, 0o600]);
        expect(await readdir(directory)).toEqual(["state.lock"]);
      });
    } finally {
      process.umask(umask);
    }
  });

  const refusals = [
    { name: "a missing directory", path: "gone/lock", code: "ENOENT", text: "no such file or directory" },
    { name: "a path through a file", path: "plain/lock", code: "ENOTDIR", text: "not a directory" },
    {
      name: "a file that holds something else",
      path: "plain",
      code: "NOT-A-LOCK",
      text: "it is not a lock file",
    },
    { name: "a directory", path: ".", code: "ERR_SQLITE_ERROR", text: "unable to open database file" },
  ];
  it.each(refusals)("refuses $name", async ({ path, code, text }) => {
    await writeFile(join(directory, "plain"), "some text that someone wants to keep\n".repeat(30));
    const refused = withLock(join(directory, path), { deadlineMs: 0 }, () => "locked");
    await expect(refused).rejects.toMatchObject({ name: "FileError", code });
    await expect(refused).rejects.toThrow(`cannot lock ${join(directory, path)}: ${text}`);
  });

  it("costs less than a millisecond when nobody else wants it", async () => {
    await withLock(lock, { deadlineMs: 0 }, () => {});
    const times: number[] = [];
    for (let round = 0; round < 50; round++) {
      const startedAt = performance.now();
      await withLock(lock, { deadlineMs: 0 }, () => {});
      times.push(performance.now() - startedAt);
    }
    expect(times.sort((a, b) => a - b)[25]).toBeLessThan(1);
  });
});
