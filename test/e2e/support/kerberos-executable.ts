import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";
import { koffiAddon, koffiAddonName, placeKoffiAddon } from "../../../scripts/build/koffi-addon.ts";
import { baseNode } from "../../../scripts/build/project.ts";

/**
 * The probe as a single executable with koffi's addon inside, made the way the real one is, but for its code cache.
 *
 * @param directory an empty one; the executable is the only thing in it that is needed afterwards
 */
export async function makeProbeExecutable(directory: string): Promise<string> {
  const node = baseNode();
  await build({
    entryPoints: [join(import.meta.dirname, "kerberos-probe.ts")],
    bundle: true,
    platform: "node",
    format: "cjs",
    // As scripts/build does: where the program is, and `import()` by `require`.
    define: { "import.meta.url": "importMetaUrl" },
    banner: { js: 'const importMetaUrl=require("node:url").pathToFileURL(__filename).href;' },
    supported: { "dynamic-import": false },
    logLevel: "error",
    outfile: join(directory, "main.cjs"),
  });
  placeKoffiAddon(node, directory);
  writeFileSync(join(directory, "packed"), brotliCompressSync(readFileSync(koffiAddon(node))));
  const assets = { [koffiAddonName]: "packed" };
  const configuration = { main: "main.cjs", output: "blob", assets, disableExperimentalSEAWarning: true };
  writeFileSync(join(directory, "sea.json"), JSON.stringify(configuration));
  execFileSync(node.path, ["--experimental-sea-config", "sea.json"], { cwd: directory, stdio: "pipe" });

  const executable = join(directory, "bin");
  copyFileSync(node.path, executable);
  chmodSync(executable, 0o755);
  const postject = createRequire(import.meta.url).resolve("postject/dist/cli.js");
  const fuse = ["--sentinel-fuse", "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2"];
  const args = [postject, executable, "NODE_SEA_BLOB", join(directory, "blob"), ...fuse];
  execFileSync(process.execPath, args, { stdio: "pipe" });
  return executable;
}
