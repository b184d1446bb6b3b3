import { join } from "node:path";
import { build, type Metafile } from "esbuild";
import { projectDirectory } from "./project.ts";

/** All code of the executable as one CommonJS file. */
export interface Bundle {
  /** ASCII; starts without a `#!` line. */
  readonly code: string;
  /** What went into it, from which file: for the licences, and to see what makes it big. */
  readonly metafile: Metafile;
}

/** Bundles an entry with everything it imports but Node's own modules. Same sources, same bytes, in any directory. */
export async function bundle(entry = "src/main.ts"): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: projectDirectory,
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    target: "node22.19",
    format: "cjs",
    minify: true,
    // A thrown error that nobody catches prints its line of code: keep lines short.
    lineLimit: 160,
    legalComments: "none",
    // `import()` of Node's modules becomes `require`: the bundle runs as a script that knows no other.
    supported: { "dynamic-import": false },
    alias: { "string-width": join(import.meta.dirname, "string-width.ts") },
    define: { "import.meta.url": "importMetaUrl" },
    banner: { js: 'const importMetaUrl=require("node:url").pathToFileURL(__filename).href;' },
    metafile: true,
    write: false,
    logLevel: "warning",
    outfile: "bundle.cjs",
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error("esbuild made no output");
  return { code: output.text.replace(/^#!.*\n/, ""), metafile };
}
