import { appendFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { appendEntry, type IssuedEntry, readRecord } from "../../../helpers/self-sign/issued-record.ts";
import { FileError } from "../../../src/files/error.ts";
import { newDirectory } from "../../support/directory.ts";

const newRecord = () => join(newDirectory(), "issued.jsonl");

const entry = (serial: string): IssuedEntry => ({
  time: "2026-11-23T12:39:51.000Z",
  serial,
  subject: "CN=www.example.test",
  names: ["dns:www.example.test"],
  notBefore: "2026-11-23T12:34:51.000Z",
  notAfter: "2027-11-23T12:39:51.000Z",
  key: "EC-P256",
  certificate: "00",
  csr: "00",
});

it("what is written is read again, in its order", () => {
  const path = newRecord();
  appendEntry(path, { ...entry("01"), profile: "web", ca: "Lab" });
  appendEntry(path, entry("02"));
  expect(readRecord(path)).toEqual({
    entries: [{ ...entry("01"), profile: "web", ca: "Lab" }, entry("02")],
    damagedLines: [],
  });
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it("a record that is not there is empty", () => {
  expect(readRecord(newRecord())).toEqual({ entries: [], damagedLines: [] });
});

it("a line that was left half written damages neither the one before nor the one after", () => {
  const path = newRecord();
  appendEntry(path, entry("01"));
  appendFileSync(path, '{"time":"2026-11-23T12:40');
  expect(readRecord(path)).toEqual({ entries: [entry("01")], damagedLines: [2] });
  appendEntry(path, entry("02"));
  expect(readRecord(path)).toEqual({ entries: [entry("01"), entry("02")], damagedLines: [2] });
});

it("lines that are no entries are reported by number and passed over", () => {
  const path = newRecord();
  writeFileSync(path, `null\n[]\n{}\n"text"\n\n${JSON.stringify(entry("01"))}\n{"serial":"02"}\n`);
  expect(readRecord(path)).toEqual({ entries: [entry("01")], damagedLines: [1, 2, 3, 4, 7] });
});

it("a value with a line break in it stays on one line", () => {
  const path = newRecord();
  appendEntry(path, { ...entry("01"), subject: "CN=a\nb" });
  expect(readFileSync(path, "utf8").split("\n")).toHaveLength(2);
});

it("a record that can not be written is an error that names it", () => {
  const path = "/proc/no-such-directory/issued.jsonl";
  expect(() => appendEntry(path, entry("01"))).toThrow(FileError);
  expect(() => appendEntry(path, entry("01"))).toThrow(`cannot write ${path}: no such file or directory`);
});
