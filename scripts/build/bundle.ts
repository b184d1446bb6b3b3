import { join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import { projectDirectory } from "./project.ts";

/** All code of the executable as one CommonJS file. */
export interface Bundle {
  /** ASCII; starts without a `#!` line. */
  readonly code: string;
  /** What went into it, from which file: for the licences, and to see what makes it big. */
  readonly metafile: Metafile;
}

/** What the executable keeps out of the helpers' way: the commands for people, and all that only they need. */
const commandLine = { entry: "src/cli.ts", importedAs: /^\.\/cli\.ts$/, name: "certmonger-helper:cli" };

/** All code in one file, for the thin variant and for pkg. */
export const bundle = (entry = "src/main.ts"): Promise<Bundle> => bundleFrom(entry, []);

/** The same code in two files: V8 looks at a whole file before it runs any of it. */
export async function bundleInTwo(): Promise<{ helpers: Bundle; commandLine: Bundle }> {
  const { entry, importedAs: filter, name: path } = commandLine;
  const apart: Plugin = {
    name: "apart",
    setup: ({ onResolve }) => onResolve({ filter }, () => ({ path, external: true })),
  };
  return { helpers: await bundleFrom("src/main.ts", [apart]), commandLine: await bundleFrom(entry, []) };
}

/** Bundles an entry with everything it imports but Node's own modules. Same sources, same bytes, in any directory. */
async function bundleFrom(entry: string, plugins: Plugin[]): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: projectDirectory,
    entryPoints: [entry],
    bundle: true,
    plugins,
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
