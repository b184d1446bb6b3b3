import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import type { Parts } from "./bundle.ts";
import { makeCodeCache } from "./code-cache.ts";
import { koffiAddon, koffiAddonName } from "./koffi-addon.ts";
import type { BaseNode } from "./project.ts";
import { appendSections, cutPadding, stripElf } from "./strip-elf.ts";

const brotli = promisify(brotliCompress);

export interface ExecutableParts {
  readonly node: BaseNode;
  readonly code: Parts;
  readonly licenses: string;
}

/**
 * Makes a single executable: Node without symbols, and in it the code, its code cache, koffi's addon and the licences.
 *
 * @param workDirectory an empty directory for what is made on the way
 * @see https://nodejs.org/api/single-executable-applications.html
 */
export async function makeExecutable(
  parts: ExecutableParts,
  path: string,
  workDirectory: string,
): Promise<void> {
  const inWork = (name: string) => join(workDirectory, name);
  // Compressed: not needed for everyday answers, and together three megabytes. (On threads, while helpers are trained.)
  const compressing = Promise.all([
    compress(readFileSync(koffiAddon(parts.node))),
    packedPart("licenses", parts.licenses),
    ...[...parts.code.apart].map(([name, { code }]) => packedPart(name, asFunction(code))),
  ]);
  const names = [...parts.code.helpers.keys()];
  for (const [name, { code }] of parts.code.helpers) {
    writeFileSync(inWork(name), asFunction(code), "latin1");
    writeFileSync(inWork(`${name}.cache`), await makeCodeCache(name, parts.node.path, workDirectory));
  }
  const forHelpers = names
    .flatMap((name) => [name, `${name}.cache`])
    .map((name) => [name, readFileSync(inWork(name))] as const);
  const [addon, ...seldom] = await compressing;
  writeFileSync(inWork(koffiAddonName), addon);
  const { packed, places } = pack([...forHelpers, ...seldom]);
  writeFileSync(inWork("packed"), packed);
  const main = readFileSync(join(import.meta.dirname, "executable-main.cjs"), "utf8")
    .replace('["HELPER NAMES"]', JSON.stringify(names))
    .replace("{ PLACES: [0, 0] }", JSON.stringify(places));

  // Names relative to the directory: Node writes them into the blob, and equal sources shall give equal bytes.
  const configuration = {
    main: "main.cjs",
    output: "blob",
    assets: { packed: "packed", [koffiAddonName]: koffiAddonName },
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    useCodeCache: false,
    // A helper runs as root: NODE_OPTIONS must not tell it what to load.
    execArgvExtension: "none",
    execArgv: [
      // Room for all that a helper allocates, so that the garbage collector never runs: 2 of 47 ms of a SUBMIT.
      // (MiB. Most flags of V8 would make it refuse the code cache of Node's own modules; not this one.)
      "--min-semi-space-size=4",
      // One thread that compiles behind the back of a run of 35 ms is enough, and four take 0.5 ms to start and to end.
      "--v8-pool-size=1",
      // A helper runs as root: SIGUSR1 must not open it to debuggers. The thread that waits for it takes 0.2 ms.
      "--disable-sigusr1",
      // With node:tls, a thread of Node's would read the 140 CAs that come with Node: 4 ms of CPU time. Nothing here uses
      // a default list, Node's or OpenSSL's: src/http says whom to trust.
      "--use-openssl-ca",
      // The end of Node's options: it would look for --env-file among those of the program, too.
      "--",
    ],
  };
  writeFileSync(inWork("configuration.json"), JSON.stringify(configuration));
  const { loaded, sections } = stripElf(readFileSync(parts.node.path));
  /** Where the packed contents are in the executable that has so many blanks behind its main script. */
  const assemble = (blanks: number): number => {
    writeFileSync(inWork("main.cjs"), main + " ".repeat(blanks));
    const generate = ["--experimental-sea-config", "configuration.json"];
    execFileSync(parts.node.path, generate, { cwd: workDirectory, env: {}, stdio: "pipe" });
    writeFileSync(inWork("executable"), loaded, { mode: 0o755 });
    inject(inWork("executable"), inWork("blob"));
    return readFileSync(inWork("executable")).indexOf(packed);
  };
  const blanks = missingTo(alignment, assemble(0));
  if (blanks > 0 && assemble(blanks) % alignment !== 0) throw new Error("the code caches are not aligned");
  cutPadding(inWork("executable"));
  appendSections(inWork("executable"), sections);
  install(inWork("executable"), path);
}

/** V8 copies a code cache that does not begin at such an address before it reads it: 300 KiB in each process. */
const alignment = 8;
const missingTo = (multiple: number, length: number): number => (multiple - (length % multiple)) % multiple;

/** Contents one after the other, each aligned, and where each of them is: offset and length. */
function pack(contents: readonly (readonly [name: string, content: Buffer])[]) {
  const places: Record<string, readonly [offset: number, length: number]> = {};
  const pieces: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of contents) {
    places[name] = [offset, content.length];
    const padding = missingTo(alignment, content.length);
    pieces.push(content, Buffer.alloc(padding));
    offset += content.length + padding;
  }
  return { packed: Buffer.concat(pieces), places };
}

/** At the highest quality, which takes a second for each megabyte. */
const compress = (content: string | Buffer): Promise<Buffer> =>
  brotli(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
  });

/** Small parts stay as they are: for a run that needs one, unpacking takes 6 ms, most of it to load `node:zlib`. */
async function packedPart(name: string, content: string): Promise<readonly [name: string, content: Buffer]> {
  if (content.length < 16_384) return [name, Buffer.from(content, "latin1")];
  return [`${name}.br`, await compress(content)];
}

/** A script whose value is a function around the code, as Node puts one around every CommonJS module. */
const asFunction = (code: string) => `(function(exports,require,module,__filename,__dirname){${code}\n})`;

/** Adds the blob to the file, as the note in which Node looks for it, and lights the fuse that makes Node look. */
function inject(executable: string, blob: string): void {
  const postject = createRequire(import.meta.url).resolve("postject/dist/cli.js");
  const fuse = ["--sentinel-fuse", "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2"];
  execFileSync(process.execPath, [postject, executable, "NODE_SEA_BLOB", blob, ...fuse], { stdio: "pipe" });
}

/**
 * Puts a finished file in its place, as an installation would.
 *
 * Copied, not moved: postject writes 109 MB with one call, for which Linux's page cache takes pieces so large that every
 * process then maps 15 to 25 MiB more of the file than it needs, and starts 1 ms faster. Neither lasts: read anew from
 * the disk, as after a boot, the file is in memory as it is after a copy (seen on ext4 with Linux 6.18, its page cache
 * emptied), and that is what should be measured.
 */
function install(made: string, path: string): void {
  const beside = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(made, beside);
  renameSync(beside, path);
}
