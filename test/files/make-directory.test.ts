import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makeDirectory } from "../../src/files/make-directory.ts";

const scratch = mkdtempSync(join(tmpdir(), "certmonger-helper-files-"));
afterAll(() => rmSync(scratch, { recursive: true }));

describe("makeDirectory", () => {
  it("makes it and what is above it for its owner alone, and leaves one that is there as it is", () => {
    makeDirectory(join(scratch, "a/b/c"));
    for (const made of ["a", "a/b", "a/b/c"]) {
      expect(statSync(join(scratch, made)).mode & 0o777).toBe(0o700);
    }
    chmodSync(join(scratch, "a/b"), 0o755);
    makeDirectory(join(scratch, "a/b"));
    expect(statSync(join(scratch, "a/b")).mode & 0o777).toBe(0o755);
  });

  it.each([
    ["/proc/nowhere", "ENOENT", "cannot make directory /proc/nowhere: no such file or directory"],
    ["/proc/nowhere/below", "ENOENT", "cannot make directory /proc/nowhere/below: no such file or directory"],
    [join(scratch, "file"), "ENOTDIR", `cannot use directory ${scratch}/file: it is none`],
    [join(scratch, "file/below"), "ENOTDIR", `cannot make directory ${scratch}/file/below: not a directory`],
  ])("ends with what is wrong with %s", (path, code, message) => {
    writeFileSync(join(scratch, "file"), "");
    expect(() => makeDirectory(path)).toThrow(expect.objectContaining({ code, message }));
  });
});
