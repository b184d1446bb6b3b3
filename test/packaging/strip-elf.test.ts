import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { baseNode } from "../../scripts/build/project.ts";
import { appendSections, cutPadding, type StrippedElf, stripElf } from "../../scripts/build/strip-elf.ts";

let directory: string;
let original: Buffer;
let stripped: StrippedElf;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "certmonger-helper-strip-"));
  original = readFileSync(baseNode().path);
  stripped = stripElf(original);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The stripped Node as a file. */
function write(name: string): string {
  const path = join(directory, name);
  writeFileSync(path, stripped.loaded, { mode: 0o755 });
  return path;
}

const product = (node: string) => execFileSync(node, ["-p", "6 * 7"], { env: {}, encoding: "utf8" });

describe("stripElf", () => {
  it("leaves out an eighth of Node and more", () => {
    expect(stripped.loaded.length).toBeLessThan((original.length * 7) / 8);
  });

  it("leaves a Node that runs", () => {
    expect(product(write("node"))).toBe("42\n");
  });

  it("keeps every byte that is loaded, but for the header's pointer to the sections", () => {
    const header = 64;
    const { loaded } = stripped;
    expect(loaded.subarray(header).equals(original.subarray(header, loaded.length))).toBe(true);
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

describe("appendSections", () => {
  it("gives back the table of what is loaded, and a Node that runs", () => {
    const path = write("node-with-sections");
    appendSections(path, stripped.sections);
    const again = stripElf(readFileSync(path));
    expect(again.sections.names.equals(stripped.sections.names)).toBe(true);
    expect(again.sections.headers.slice(0, -1)).toEqual(stripped.sections.headers.slice(0, -1));
    expect(again.loaded.equals(stripped.loaded)).toBe(true);
    expect(product(path)).toBe("42\n");
  });

  it("makes the file hardly larger", () => {
    const path = write("node-with-sections");
    appendSections(path, stripped.sections);
    expect(statSync(path).size - stripped.loaded.length).toBeLessThan(8 * 1024);
  });
});

describe("cutPadding", () => {
  /** Makes the last segment end in a note of 100 bytes: the program headers' other entries are not touched. */
  function withNote(path: string): number {
    const file = readFileSync(path);
    const [at, size, count] = [
      Number(file.readBigUInt64LE(0x20)),
      file.readUInt16LE(0x36),
      file.readUInt16LE(0x38),
    ];
    const entries = Array.from({ length: count }, (_, index) => file.subarray(at + index * size));
    const start = (entry: Buffer) => entry.readBigUInt64LE(8);
    const last = entries
      .filter((entry) => entry.readUInt32LE(0) === 1)
      .reduce((a, b) => (start(a) > start(b) ? a : b));
    const note = entries.find((entry) => entry.readUInt32LE(0) === 4);
    if (note === undefined) throw new Error("Node has no note");
    note.writeBigUInt64LE(start(last), 8);
    note.writeBigUInt64LE(100n, 32);
    writeFileSync(path, file);
    return Number(start(last)) + 100;
  }

  it("lets a file end where the note in its last segment ends", () => {
    const path = write("node-with-note");
    const end = withNote(path);
    cutPadding(path);
    expect(statSync(path).size).toBe(end);
    // A second time there is nothing left to cut.
    cutPadding(path);
    expect(statSync(path).size).toBe(end);
  });

  it("refuses a file whose last segment holds no note", () => {
    expect(() => cutPadding(write("node-without-note"))).toThrow("its last segment holds no note");
  });
});
