import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";

/** An executable without symbols and debugging information, its table of sections apart. */
export interface StrippedElf {
  /** What is loaded, where it was; runs as it is. */
  readonly loaded: Buffer;
  readonly sections: Sections;
}

/** What debuggers, profilers and packaging tools want to know of a file; the system does not look at it. */
interface Sections {
  readonly names: Buffer;
  /** The last one is that of the names. */
  readonly headers: readonly Buffer[];
}

/** Bit of a section's flags: the section is loaded into memory. */
const isLoaded = 0x2n;

/**
 * Leaves symbols and debugging information out of an executable, as `strip --strip-all` does: 18 MB of Node's.
 *
 * Done here so that a build needs no binutils, and gives the same bytes whatever their version is. The table of
 * sections comes apart, because postject, which does not need it, adds 260 kB of padding for its sake.
 *
 * @param file ELF, 64 bit, little endian
 * @throws {Error} for any other file
 * @see elf(5)
 */
export function stripElf(file: Buffer): StrippedElf {
  if (file.toString("latin1", 0, 6) !== "\x7fELF\x02\x01")
    throw new Error("not a 64-bit little-endian ELF file");
  const headers = table(file, file.readBigUInt64LE(0x28), file.readUInt16LE(0x3a), file.readUInt16LE(0x3c));
  const ofNames = headers[file.readUInt16LE(0x3e)];
  const kept = headers.filter((header, index) => index === 0 || header.readBigUInt64LE(8) & isLoaded);
  // Sections refer to each other by index, so those that stay have to be the first ones.
  if (ofNames === undefined || kept.some((header, index) => header !== headers[index])) {
    throw new Error("its loaded sections do not come first");
  }
  const segments = table(file, file.readBigUInt64LE(0x20), file.readUInt16LE(0x36), file.readUInt16LE(0x38));
  const ends = segments.map((segment) => Number(segment.readBigUInt64LE(8) + segment.readBigUInt64LE(32)));
  const loaded = Buffer.from(file.subarray(0, Math.max(...ends)));
  pointToSections(loaded, 0, 0);
  return { loaded, sections: { names: content(file, ofNames), headers: [...kept, ofNames] } };
}

/** Types of segments. */
const Segment = { load: 1, note: 4 } as const;

/**
 * Cuts off the zeros with which postject fills up the segment that it adds at the end of a file, up to 64 kB, and what
 * comes after it.
 *
 * @throws {Error} when the last segment that is loaded holds no note
 */
export function cutPadding(path: string): void {
  const file = openSync(path, "r+");
  try {
    const header = Buffer.alloc(64);
    readSync(file, header, 0, header.length, 0);
    const [at, size, count] = [
      header.readBigUInt64LE(0x20),
      header.readUInt16LE(0x36),
      header.readUInt16LE(0x38),
    ];
    const entries = Buffer.alloc(size * count);
    readSync(file, entries, 0, entries.length, Number(at));
    const segments = table(entries, 0n, size, count).map((entry) => ({
      entry,
      type: entry.readUInt32LE(0),
      start: Number(entry.readBigUInt64LE(8)),
      end: Number(entry.readBigUInt64LE(8) + entry.readBigUInt64LE(32)),
    }));
    const ofType = (type: number) => segments.filter((segment) => segment.type === type);
    const last = ofType(Segment.load).reduce((one, other) => (one.start > other.start ? one : other));
    const ends = ofType(Segment.note)
      .filter(({ start }) => start >= last.start)
      .map(({ end }) => end);
    if (ends.length === 0) throw new Error("its last segment holds no note");
    const end = Math.max(...ends);
    for (const field of [32, 40]) last.entry.writeBigUInt64LE(BigInt(end - last.start), field);
    writeSync(file, entries, 0, entries.length, Number(at));
    ftruncateSync(file, end);
  } finally {
    closeSync(file);
  }
}

/** Gives a file its table of sections back, at its end. */
export function appendSections(path: string, { names, headers }: Sections): void {
  const file = openSync(path, "r+");
  try {
    const namesAt = fstatSync(file).size;
    const tableAt = Math.ceil((namesAt + names.length) / 8) * 8;
    const ofNames = Buffer.from(headers.at(-1) ?? []);
    ofNames.writeBigUInt64LE(BigInt(namesAt), 24);
    writeSync(file, names, 0, names.length, namesAt);
    writeSync(file, Buffer.concat([...headers.slice(0, -1), ofNames]), 0, undefined, tableAt);

    const header = Buffer.alloc(64);
    readSync(file, header, 0, header.length, 0);
    pointToSections(header, tableAt, headers.length);
    writeSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
}

/** Says in the header of a file where its table of sections is; the last entry is that of their names. */
function pointToSections(header: Buffer, offset: number, count: number): void {
  header.writeBigUInt64LE(BigInt(offset), 0x28);
  header.writeUInt16LE(count, 0x3c);
  header.writeUInt16LE(Math.max(count - 1, 0), 0x3e);
}

function table(file: Buffer, offset: bigint, entrySize: number, count: number): Buffer[] {
  return Array.from({ length: count }, (_, index) => {
    const start = Number(offset) + index * entrySize;
    return file.subarray(start, start + entrySize);
  });
}

function content(file: Buffer, section: Buffer): Buffer {
  const offset = Number(section.readBigUInt64LE(24));
  return file.subarray(offset, offset + Number(section.readBigUInt64LE(32)));
}
