import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import manifest from "../../package.json" with { type: "json" };
import { projectDirectory } from "./project.ts";

const sources = ["protocol", "src", "helpers"];

/**
 * Compiles the sources to ES modules with type declarations, for `import` and for the `bin` of package.json.
 *
 * @throws {Error} when the compiler finds a fault, or a program would not start with Node
 */
export function buildLibrary(directory = projectDirectory): void {
  const dist = join(directory, "dist");
  for (const name of sources) rmSync(join(dist, name), { recursive: true, force: true });
  const compiler = join(projectDirectory, "node_modules/.bin/tsc");
  const configuration = join(projectDirectory, "tsconfig.build.json");
  const { status } = spawnSync(compiler, ["-p", configuration, "--outDir", dist], { stdio: "inherit" });
  if (status !== 0) throw new Error("the sources do not compile");

  for (const program of Object.values(manifest.bin)) {
    const path = join(directory, program);
    if (!readFileSync(path, "utf8").startsWith("#!/usr/bin/env node\n"))
      throw new Error(`${program} has no #! line`);
    chmodSync(path, 0o755);
  }
}

/** What publint finds wrong with the package in this directory, one line each. */
export async function packageFaults(directory = projectDirectory): Promise<string[]> {
  const { messages, pkg } = await publint({ pkgDir: directory, strict: true });
  return messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code);
}
