import { readFileSync, statSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openExtracted } from "../../src/kerberos/extracted-file.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "extracted-"));
});
afterEach(() => rm(directory, { recursive: true }));

const content = Buffer.from("an addon");

describe("a file that is opened from within the executable", () => {
  it("lies in a private directory while it is opened, and nowhere afterwards", async () => {
    const seen = openExtracted("koffi.node", content, [directory], (path) => ({
      text: readFileSync(path, "utf8"),
      mode: statSync(path).mode & 0o777,
      directoryMode: statSync(dirname(path)).mode & 0o777,
    }));
    expect(seen).toEqual({ text: "an addon", mode: 0o500, directoryMode: 0o700 });
    expect(await readdir(directory)).toEqual([]);
  });

  it("is tried in the next directory when one is missing or does not let it be opened", async () => {
    const noexec = join(directory, "noexec");
    const good = join(directory, "good");
    await Promise.all([mkdir(noexec), mkdir(good)]);
    const opened = openExtracted(
      "koffi.node",
      content,
      [join(directory, "missing"), noexec, good],
      (path) => {
        if (path.startsWith(noexec)) throw new Error(`${path}: failed to map segment from shared object`);
        return path;
      },
    );
    expect(opened.startsWith(good)).toBe(true);
    expect(await readdir(noexec)).toEqual([]);
  });

  it("fails with the reason of each directory", () => {
    const missing = [join(directory, "one"), join(directory, "two")];
    expect(() => openExtracted("koffi.node", content, missing, (path) => path)).toThrow(/one.*; .*two/);
  });
});
