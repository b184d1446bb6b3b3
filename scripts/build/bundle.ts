import { join } from "node:path";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";
import { projectDirectory } from "./project.ts";

/** All code of the executable as one CommonJS file. */
export interface Bundle {
  /** ASCII; starts without a `#!` line. */
  readonly code: string;
  /** What went into it, from which file: for the licences, and to see what makes it big. */
  readonly metafile: Metafile;
}

/** All code in one file, for the thin variant and for pkg. */
export const bundle = (entry = "src/main.ts"): Promise<Bundle> => bundleFrom({ entryPoints: [entry] });

/** What is big and seldom needed, by the specifiers under which the sources of the helpers import it. */
const apart: Readonly<Record<string, RegExp>> = {
  // The commands for people: the harness, the daemon, D-Bus.
  cli: /^\.\/cli\.ts$/,
  // CommonJS only: an ES module would lose its default export on the way.
  "node-forge": /^node-forge(\/|$)/,
  undici: /^undici(\/|$)/,
};

/** The same code in several files: V8 looks at a whole file before it runs any of it. */
export interface Parts {
  readonly helpers: Bundle;
  /** By name: a module that exports, for each specifier, a function that loads what is behind it. */
  readonly apart: ReadonlyMap<string, Bundle>;
}

/**
 * Bundles the helpers without what stands apart: in their place they require `apart:NAME:SPECIFIER`, which
 * `executable-main.cjs` understands.
 */
export async function bundleInParts(): Promise<Parts> {
  const wanted = new Map<string, Set<string>>();
  const plugins = Object.entries(apart).map(
    ([name, filter]): Plugin => ({
      name,
      setup: ({ onResolve }) =>
        onResolve({ filter }, ({ path }) => {
          wanted.set(name, (wanted.get(name) ?? new Set()).add(path));
          return { path: `apart:${name}:${path}`, external: true };
        }),
    }),
  );
  const helpers = await bundleFrom({ entryPoints: ["src/main.ts"], plugins });

  const parts = [...wanted].sort().map(async ([name, specifiers]): Promise<[string, Bundle]> => {
    const loaders = [...specifiers]
      .sort()
      .map((path) => `${JSON.stringify(path)}: () => require(${JSON.stringify(path)})`);
    const contents = `module.exports = { ${loaders.join(", ")} };`;
    return [name, await bundleFrom({ stdin: { contents, resolveDir: join(projectDirectory, "src") } })];
  });
  return { helpers, apart: new Map(await Promise.all(parts)) };
}

/** Bundles an entry with everything it imports but Node's own modules. Same sources, same bytes, in any directory. */
async function bundleFrom(input: Pick<BuildOptions, "entryPoints" | "stdin" | "plugins">): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...input,
    absWorkingDir: projectDirectory,
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
