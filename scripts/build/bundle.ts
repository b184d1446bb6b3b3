import { relative, resolve } from "node:path";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";
import { linkNames, projectDirectory } from "./project.ts";
import { replacements } from "./replacements.ts";

/** All code of the executable as one CommonJS file. */
export interface Bundle {
  /** ASCII; starts without a `#!` line. */
  readonly code: string;
  /** What went into it, from which file: for the licences, and to see what makes it big. */
  readonly metafile: Metafile;
}

/** All code in one file, for the thin variant and for pkg. */
export const bundle = (entry = "src/main.ts"): Promise<Bundle> => bundleFrom({ entryPoints: [entry] });

/** What is big and seldom needed, by the specifiers under which the sources import it. */
const apart: Readonly<Record<string, RegExp>> = {
  // The commands for people: the harness, the daemon, D-Bus; and the text of `--help`, which needs yargs as they do.
  // A part has its own copy of every module that it imports, so none of them may keep what a helper has to know.
  cli: /^\.\/(cli|usage)\.ts$/,
  // CommonJS only: an ES module would lose its default export on the way.
  dotenv: /^dotenv$/,
  "node-forge": /^node-forge(\/|$)/,
  undici: /^undici(\/|$)/,
};

/** The same code in several files: V8 looks at a whole file before it runs any of it. */
export interface Parts {
  /** By a helper's name: what a process that is called so needs every day. */
  readonly helpers: ReadonlyMap<string, Bundle>;
  /** By name: a module that exports, for each specifier, a function that loads what is behind it. */
  readonly apart: ReadonlyMap<string, Bundle>;
}

/**
 * Bundles each helper without what stands apart: in its place it requires `apart:NAME:SPECIFIER`, which
 * `executable-main.cjs` understands. Parts require each other the same way.
 */
export async function bundleInParts(): Promise<Parts> {
  const wanted = new Map(Object.keys(apart).map((name) => [name, new Set<string>()]));
  const allBut = (own?: string) =>
    Object.keys(apart)
      .filter((name) => name !== own)
      .map((name) => standingApart(name, wanted.get(name)));
  const helpers = new Map<string, Bundle>();
  for (const name of linkNames) {
    const plugins = [withoutOthers(name), ...allBut()];
    helpers.set(name, await bundleFrom({ entryPoints: ["src/main.ts"], plugins }));
  }

  const parts = new Map<string, Bundle>();
  // The commands come first: what they want of the others is known only afterwards.
  for (const [name, specifiers] of wanted) {
    const loaders = [...specifiers]
      .sort()
      .map((path) => `${JSON.stringify(path)}: () => require(${JSON.stringify(path)})`);
    const stdin = { contents: `module.exports = { ${loaders.join(", ")} };`, resolveDir: projectDirectory };
    parts.set(name, await bundleFrom({ stdin, plugins: name === "cli" ? allBut(name) : [] }));
  }
  return { helpers, apart: parts };
}

/** A process is the same helper all its life, and V8 pays for each function of a script, run or not. */
function withoutOthers(helperName: string): Plugin {
  const directory = `/helpers/${helperName.replace(/-submit$/, "")}/`;
  return {
    name: "one helper",
    setup: ({ onResolve }) =>
      onResolve({ filter: /\/helpers\/[^/]+\/helper\.ts$/ }, ({ path }) =>
        path.includes(directory) ? undefined : { path, external: true },
      ),
  };
}

/** Leaves what belongs to a part where it is, and notes under which names it is wanted. */
function standingApart(name: string, wanted: Set<string> | undefined): Plugin {
  const setup: Plugin["setup"] = ({ onResolve }) =>
    onResolve({ filter: apart[name] ?? /^$/ }, ({ path, resolveDir }) => {
      const specifier = path.startsWith(".")
        ? `./${relative(projectDirectory, resolve(resolveDir, path))}`
        : path;
      wanted?.add(specifier);
      return { path: `apart:${name}:${specifier}`, external: true };
    });
  return { name, setup };
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
    plugins: [...(input.plugins ?? []), replacements],
    define: { "import.meta.url": "importMeta.url" },
    // Worked out when it is asked for: a helper's everyday answers do not, and it takes 0.1 ms.
    banner: {
      js: 'const importMeta={get url(){return require("node:url").pathToFileURL(__filename).href}};',
    },
    metafile: true,
    write: false,
    logLevel: "warning",
    outfile: "bundle.cjs",
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error("esbuild made no output");
  return { code: output.text.replace(/^#!.*\n/, ""), metafile };
}
