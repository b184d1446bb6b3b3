import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { baseNode } from "../../scripts/build/project.ts";
import { stripElf } from "../../scripts/build/strip-elf.ts";

let directory: string;
let original: Buffer;
let stripped: Buffer;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "certmonger-helper-strip-"));
  original = readFileSync(baseNode().path);
  stripped = stripElf(original);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("stripElf", () => {
  it("leaves out an eighth of Node and more", () => {
    expect(stripped.length).toBeLessThan((original.length * 7) / 8);
  });

  it("leaves a Node that runs", () => {
    const path = join(directory, "node");
    writeFileSync(path, stripped, { mode: 0o755 });
    expect(execFileSync(path, ["-p", "6 * 7"], { env: {}, encoding: "utf8" })).toBe("42\n");
  });

  it("keeps every byte that is loaded, but for the header's pointer to the sections", () => {
    const header = 64;
    const end = stripped.length - 16 * 1024;
    expect(stripped.subarray(header, end).equals(original.subarray(header, end))).toBe(true);
  });

  it("has nothing left to do the second time", () => {
    expect(stripElf(stripped).equals(stripped)).toBe(true);
  });

  it.each([
    { name: "a script", file: Buffer.from("#!/bin/sh\nexit 0\n") },
    { name: "an empty file", file: Buffer.alloc(0) },
    { name: "a 32-bit ELF file", file: Buffer.from("\x7fELF\x01\x01\x01", "latin1") },
    { name: "a big-endian ELF file", file: Buffer.from("\x7fELF\x02\x02\x01", "latin1") },
  ])("refuses $name", ({ file }) => {
    expect(() => stripElf(file)).toThrow("not a 64-bit little-endian ELF file");
  });
});
