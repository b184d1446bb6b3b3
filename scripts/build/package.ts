import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, relative, resolve } from "node:path";
import { bundle, bundleInParts } from "./bundle.ts";
import { makeExecutable } from "./executable.ts";
import { placeKoffiAddon } from "./koffi-addon.ts";
import { thirdPartyLicenses } from "./licenses.ts";
import { type BaseNode, baseNode, executableName, linkNames } from "./project.ts";

/**
 * Makes below `out`:
 *
 * * `bundle/certmonger-helper.cjs`: all code in one file; `bundle/meta.json`: what it consists of
 * * `bin/certmonger-helper`: the executable; needs glibc and libstdc++, no Node
 * * `thin/certmonger-helper`: the bundle alone, for systems that have /usr/bin/node of at least 22.19
 *
 * and beside both executables a link for each helper, koffi's addon, and the licences of what they contain. Does nothing when
 * all this has been made before from the same sources and the same Node.
 *
 * @returns what was done, in a line
 */
export async function packageAll(out: string, { force = false } = {}): Promise<string> {
  const started = performance.now();
  const node = baseNode();
  const { code, metafile } = await bundle();
  const licenses = thirdPartyLicenses(metafile, node);
  const executable = resolve(out, "bin", executableName);
  const name = relative(process.cwd(), executable);

  const recipePath = resolve(out, "bundle/recipe");
  const recipe = digestOf(code, licenses, identityOf(node.path), ...ownSources());
  if (!force && readIfThere(recipePath) === `${recipe} ${identityOf(executable)}`) {
    return `${name} is up to date`;
  }
  rmSync(recipePath, { force: true });

  mkdirSync(resolve(out, "bundle"), { recursive: true });
  writeFileSync(resolve(out, "bundle", `${executableName}.cjs`), code);
  writeFileSync(resolve(out, "bundle/meta.json"), JSON.stringify(metafile, undefined, 1));

  const workDirectory = mkdtempSync(resolve(out, "work-"));
  try {
    await makeExecutable({ node, code: await bundleInParts(), licenses }, executable, workDirectory);
  } finally {
    rmSync(workDirectory, { recursive: true });
  }
  addCompanions(resolve(out, "bin"), node, licenses);
  checkExecutables(resolve(out, "bin"));

  const thin = resolve(out, "thin");
  mkdirSync(thin, { recursive: true });
  writeFileSync(join(thin, executableName), `#!/usr/bin/node --\n${code}`, { mode: 0o755 });
  // Inside this package, whose files are ES modules, a file without an extension would be one as well.
  writeFileSync(join(thin, "package.json"), '{ "type": "commonjs" }\n');
  addCompanions(thin, node, thirdPartyLicenses(metafile));

  writeFileSync(recipePath, `${recipe} ${identityOf(executable)}`);
  const megabytes = (statSync(executable).size / 1e6).toFixed(1);
  return `${name}: ${megabytes} MB, in ${((performance.now() - started) / 1000).toFixed(1)} s`;
}

/** What travels with an executable: a link for each of its names, koffi's addon, and the licences of what it contains. */
export function addCompanions(directory: string, node: BaseNode, licenses: string): void {
  placeKoffiAddon(node, directory);
  for (const name of linkNames) {
    rmSync(join(directory, name), { force: true });
    symlinkSync(executableName, join(directory, name));
  }
  writeFileSync(join(directory, "THIRD-PARTY-LICENSES.txt"), licenses);
}

/** Refuses executables of which a helper does not answer, or lets the environment tell its Node what to load. */
export function checkExecutables(directory: string): void {
  const env = { CERTMONGER_OPERATION: "IDENTIFY", NODE_OPTIONS: "--require=/nonexistent" };
  for (const name of linkNames) execFileSync(join(directory, name), { env, stdio: "pipe" });
}

/** The scripts that make the executable are ingredients too. */
function ownSources(): Buffer[] {
  const entries = readdirSync(import.meta.dirname, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((file) => join(file.parentPath, file.name));
  return files.sort().map((file) => readFileSync(file));
}

function digestOf(...parts: (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(createHash("sha256").update(part).digest());
  return hash.digest("hex");
}

/** Tells a big file from its next version without reading it; empty when there is none. */
function identityOf(path: string): string {
  const { size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return size === undefined ? "" : `${size} ${mtimeMs}`;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
