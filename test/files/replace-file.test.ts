import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmod,
  chown,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensurePrivateDirectory } from "../../src/files/private-directory.ts";
import { readIfPresent } from "../../src/files/read-if-present.ts";
import { replaceFile } from "../../src/files/replace-file.ts";

const sources = join(import.meta.dirname, "../../src/files");
const asRoot = process.geteuid?.() === 0;
let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "files-"));
  path = join(directory, "certificate.pem");
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** Source of a program that replaces the file named by its first argument. */
const program = `
  const { replaceFile } = await import(${JSON.stringify(join(sources, "replace-file.ts"))});
  await replaceFile(process.argv[1], "n".repeat(1_000_000)).catch((error) => {
    console.log(error.name, error.code, error.message);
    process.exitCode = 9;
  });`;

describe("replaceFile", () => {
  it.each([
    { name: "text", content: "äöü\n", bytes: Buffer.from("äöü\n") },
    { name: "bytes", content: new Uint8Array([0, 255, 10]), bytes: Buffer.from([0, 255, 10]) },
    { name: "nothing", content: "", bytes: Buffer.alloc(0) },
  ])("writes $name and leaves nothing beside it", async ({ content, bytes }) => {
    await writeFile(path, "old");
    await replaceFile(path, content);
    expect(await readFile(path)).toEqual(bytes);
    expect(await readdir(directory)).toEqual(["certificate.pem"]);
  });

  it.each([
    { name: "0600 by default", options: {}, umask: 0o000, mode: 0o600 },
    { name: "as told under a narrow umask", options: { mode: 0o644 }, umask: 0o077, mode: 0o644 },
    { name: "as told under a wide umask", options: { mode: 0o640 }, umask: 0o000, mode: 0o640 },
    { name: "the same without waiting for the disk", options: { sync: false }, umask: 0o022, mode: 0o600 },
  ])("sets the mode: $name", async ({ options, umask, mode }) => {
    const before = process.umask(umask);
    try {
      await replaceFile(path, "new", options);
    } finally {
      process.umask(before);
    }
    expect((await stat(path)).mode & 0o7777).toBe(mode);
  });

  it.runIf(asRoot)("sets the owner (needs root)", async () => {
    await replaceFile(path, "new", { owner: { uid: 65534, gid: 65533 }, mode: 0o640 });
    const { uid, gid, mode } = await stat(path);
    expect([uid, gid, mode & 0o7777]).toEqual([65534, 65533, 0o640]);
  });

  it("gives the name a new file: other names of the old one keep the old content", async () => {
    await writeFile(path, "old");
    await link(path, join(directory, "other-name"));
    await replaceFile(path, "new");
    expect(await readFile(join(directory, "other-name"), "utf8")).toBe("old");
  });

  it("replaces a symbolic link instead of writing through it", async () => {
    await writeFile(join(directory, "elsewhere"), "old");
    await symlink("elsewhere", path);
    await replaceFile(path, "new");
    expect(await readFile(join(directory, "elsewhere"), "utf8")).toBe("old");
    expect(await readFile(path, "utf8")).toBe("new");
  });

  it("says what is wrong with the target and leaves nothing behind", async () => {
    await mkdir(path);
    await writeFile(join(path, "inside"), "kept");
    await expect(replaceFile(path, "new")).rejects.toMatchObject({
      name: "FileError",
      code: "EISDIR",
      path,
      message: `cannot write ${path}: illegal operation on a directory`,
    });
    expect(await readdir(directory)).toEqual(["certificate.pem"]);
    const missing = join(directory, "missing/x.pem");
    await expect(replaceFile(missing, "new")).rejects.toThrow(
      `cannot write ${missing}: no such file or directory`,
    );
  });

  it("keeps the old file and takes away the new one when no more can be written", async () => {
    await writeFile(path, "old");
    const limited = ["-c", 'ulimit -f 100; exec "$@"', "sh", process.execPath, "-e", program, path];
    const run = spawnSync("/bin/sh", limited, { encoding: "utf8" });
    expect(run.stdout).toBe(`FileError EFBIG cannot write ${path}: file too large\n`);
    expect(run.status).toBe(9);
    expect(await readFile(path, "utf8")).toBe("old");
    expect(await readdir(directory)).toEqual(["certificate.pem"]);
  });

  const mount = 'mount -t tmpfs -o size=64k none "$1" && echo old >"$1/x.pem" && "$2" -e "$3" "$1/x.pem"';
  const canMount =
    asRoot && spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;
  it.runIf(canMount)("keeps the old file on a full disk (needs root and a mount namespace)", () => {
    const script = `${mount}; cat "$1/x.pem"; ls -A "$1"`;
    const args = ["-m", "sh", "-c", script, "sh", directory, process.execPath, program];
    const run = spawnSync("unshare", args, { encoding: "utf8" });
    const message = `cannot write ${join(directory, "x.pem")}: no space left on device`;
    expect(run.stdout).toBe(`FileError ENOSPC ${message}\nold\nx.pem\n`);
  });

  it("shows a reader the old or the new content, also when the writer is killed at any moment", async () => {
    await writeFile(path, "o".repeat(1_000_000));
    const writer = `
      const { replaceFile } = await import(${JSON.stringify(join(sources, "replace-file.ts"))});
      console.log("writing");
      for (let i = 0; ; i++) await replaceFile(process.argv[1], String(i % 10).repeat(1_000_000), { sync: false });`;
    for (let round = 0; round < 8; round++) {
      const child = spawn(process.execPath, ["-e", writer, path], { stdio: ["ignore", "pipe", "inherit"] });
      await once(child.stdout, "data");
      for (let read = 0; read < 5 + round; read++) {
        const text = await readFile(path, "utf8");
        expect(text.length).toBe(1_000_000);
        expect(text).toBe(text.charAt(0).repeat(1_000_000));
      }
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    expect((await readFile(path, "utf8")).length).toBe(1_000_000);
  });
});

describe("readIfPresent", () => {
  it("reads a file, answers undefined for a missing one and throws for an unreadable one", async () => {
    await writeFile(path, "text");
    expect(String(await readIfPresent(path))).toBe("text");
    expect(await readIfPresent(join(directory, "missing"))).toBeUndefined();
    await expect(readIfPresent(directory)).rejects.toThrow(
      `cannot read ${directory}: illegal operation on a directory`,
    );
    await expect(readIfPresent(join(path, "below"))).rejects.toMatchObject({ code: "ENOTDIR" });
  });
});

describe("ensurePrivateDirectory", () => {
  it("makes what is missing for its owner alone, whatever the umask", async () => {
    const before = process.umask(0);
    try {
      await ensurePrivateDirectory(join(directory, "a/b"));
    } finally {
      process.umask(before);
    }
    expect((await stat(join(directory, "a"))).mode & 0o7777).toBe(0o700);
    expect((await stat(join(directory, "a/b"))).mode & 0o7777).toBe(0o700);
    await ensurePrivateDirectory(join(directory, "a/b"));
  });

  it("leaves a directory that others may only read as it is", async () => {
    await chmod(directory, 0o755);
    await ensurePrivateDirectory(directory);
    expect((await stat(directory)).mode & 0o7777).toBe(0o755);
  });

  it.each([0o777, 0o1777, 0o770])("refuses one that others may write to", async (mode) => {
    await chmod(directory, mode);
    const octal = mode.toString(8).padStart(4, "0");
    await expect(ensurePrivateDirectory(directory)).rejects.toMatchObject({
      code: "NOT-PRIVATE",
      message: `cannot keep private files in ${directory}: its mode ${octal} lets others write to it`,
    });
  });

  it.runIf(asRoot)("refuses one that belongs to someone else (needs root)", async () => {
    await chown(directory, 65534, 65534);
    await expect(ensurePrivateDirectory(directory)).rejects.toThrow(
      `cannot keep private files in ${directory}: it belongs to user 65534`,
    );
  });

  it("makes none where others could put another in its place", async () => {
    await mkdir(join(directory, "open/own"), { recursive: true });
    await chmod(join(directory, "open"), 0o777);
    await symlink(join(directory, "open/own"), join(directory, "link"));
    for (const way of ["open/own", "link"]) {
      await expect(ensurePrivateDirectory(join(directory, way, "a/b"))).rejects.toMatchObject({
        code: "NOT-PRIVATE",
        message:
          `cannot keep private files in ${join(directory, way, "a/b")}: ` +
          `the mode 0777 of ${join(directory, "open")} lets others put another in its place`,
      });
      expect(await readdir(join(directory, "open/own"))).toEqual([]);
    }
    // In a directory such as /tmp nobody can rename what is somebody else's.
    await chmod(join(directory, "open"), 0o1777);
    await ensurePrivateDirectory(join(directory, "open/own/a/b"));
  });

  it("refuses a file", async () => {
    await writeFile(path, "text");
    await expect(ensurePrivateDirectory(path)).rejects.toThrow(`cannot use directory ${path}: it is none`);
  });

  it("gives up where the file system makes no directories", async () => {
    await expect(ensurePrivateDirectory("/proc/no/such/place")).rejects.toThrow("no such file or directory");
  });
});
