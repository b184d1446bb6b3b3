import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import {
  makeScratchDirectory,
  removeAbandonedScratchDirectories,
} from "../../src/process/scratch-directory.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "scratch-"));
  vi.stubEnv("TMPDIR", directory);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

it("removes what processes that are gone have left, and nothing else", async () => {
  const { pid: ended } = spawnSync("/bin/true");
  const abandoned = join(directory, `certmonger-helper-${ended}-abcdef`);
  const strange = join(directory, `certmonger-helper-${ended}`);
  for (const path of [abandoned, strange]) mkdirSync(join(path, "inner"), { recursive: true });
  const own = await makeScratchDirectory();
  expect(removeAbandonedScratchDirectories()).toEqual([abandoned]);
  expect([abandoned, strange, own].map((path) => existsSync(path))).toEqual([false, true, true]);
});
