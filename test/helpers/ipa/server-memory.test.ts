import { chmodSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openServerMemory } from "../../../helpers/ipa/server-memory.ts";
import { newDirectory } from "../../support/directory.ts";

const at = (minutes: number) => () => new Date(Date.UTC(2026, 0, 1, 0, minutes));

it("knows for ten minutes that a server was down, across runs", async () => {
  const directory = newDirectory();
  await (await openServerMemory(directory, at(0))).noteDown("ipa.test");
  expect((await openServerMemory(directory, at(9))).wasDown("ipa.test")).toBe(true);
  expect((await openServerMemory(directory, at(9))).wasDown("other.test")).toBe(false);
  expect((await openServerMemory(directory, at(11))).wasDown("ipa.test")).toBe(false);
});

it("does not believe a time that is still to come", async () => {
  const directory = newDirectory();
  await (await openServerMemory(directory, at(30))).noteDown("ipa.test");
  expect((await openServerMemory(directory, at(0))).wasDown("ipa.test")).toBe(false);
});

it("forgets it when the server answers", async () => {
  const directory = newDirectory();
  const memory = await openServerMemory(directory, at(0));
  await memory.noteDown("ipa.test");
  await memory.noteUp("ipa.test");
  expect((await openServerMemory(directory, at(1))).wasDown("ipa.test")).toBe(false);
});

it("keeps the names of the masters, and its file to itself", async () => {
  const directory = newDirectory();
  await (await openServerMemory(directory, at(0))).noteMasters(["a.test", "b.test"]);
  expect((await openServerMemory(directory, at(999))).masters).toEqual(["a.test", "b.test"]);
  expect(statSync(join(directory, "servers.json")).mode & 0o777).toBe(0o600);
});

it.each([
  "",
  "{",
  "null",
  '{"version":2}',
  '{"version":1,"down":{"a":"x"},"masters":[]}',
  '{"version":1,"down":{},"masters":[1]}',
])("begins anew with a damaged file: %s", async (content) => {
  const directory = newDirectory();
  writeFileSync(join(directory, "servers.json"), content);
  const memory = await openServerMemory(directory, at(0));
  expect([memory.wasDown("a"), memory.masters]).toEqual([false, []]);
});

it("says why it can not keep anything, and goes on", async () => {
  const directory = newDirectory();
  chmodSync(directory, 0o777);
  const complaints: string[] = [];
  const memory = await openServerMemory(directory, at(0), (why) => complaints.push(why));
  await memory.noteDown("ipa.test");
  expect(memory.wasDown("ipa.test")).toBe(true);
  expect(complaints).toEqual([expect.stringContaining(directory)]);
});
