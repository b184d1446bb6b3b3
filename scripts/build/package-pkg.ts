import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative, resolve } from "node:path";
import { bundle } from "./bundle.ts";
import { thirdPartyLicenses } from "./licenses.ts";
import { addCompanions, checkExecutables } from "./package.ts";
import { baseNode, executableName } from "./project.ts";
import { appendSections, stripElf } from "./strip-elf.ts";

/** What `pkg --sea` does for a single script, as far as it is used here. */
type PkgSea = (
  script: string,
  options: {
    targets: { nodeRange: string; platform: string; arch: string; output: string }[];
    nodePath: string;
    seaConfig: Record<string, unknown>;
  },
) => Promise<void>;

/**
 * Makes `pkg/certmonger-helper` below `out`, with its links and licences: the same bundle on the same Node as
 * `npm run package`, put together by @yao-pkg/pkg.
 *
 * Calls the function behind `pkg --sea`. The command itself takes only a Node that it has downloaded, and makes
 * an executable that obeys NODE_OPTIONS: a helper runs as root, and must not.
 *
 * @returns the path of the executable
 */
export async function packageWithPkg(out: string): Promise<string> {
  const node = baseNode();
  const { code, metafile } = await bundle();
  const directory = resolve(out, "pkg");
  mkdirSync(directory, { recursive: true });

  const workDirectory = mkdtempSync(resolve(out, "work-"));
  const inWork = (name: string) => join(workDirectory, name);
  try {
    writeFileSync(inWork("bundle.cjs"), code);
    const { loaded, sections } = stripElf(readFileSync(node.path));
    writeFileSync(inWork("node"), loaded, { mode: 0o755 });
    const target = { nodeRange: `node${node.version.slice(1)}`, platform: "linux", arch: process.arch };
    await loadPkgSea()(inWork("bundle.cjs"), {
      targets: [{ ...target, output: inWork("executable") }],
      nodePath: inWork("node"),
      seaConfig: { useCodeCache: true, execArgvExtension: "none" },
    });
    appendSections(inWork("executable"), sections);
    copyFileSync(inWork("executable"), join(directory, executableName));
  } finally {
    rmSync(workDirectory, { recursive: true });
  }
  addCompanions(directory, node, thirdPartyLicenses(metafile, node));
  checkExecutables(directory);
  return relative(process.cwd(), join(directory, executableName));
}

function loadPkgSea(): PkgSea {
  const require = createRequire(import.meta.url);
  require("@yao-pkg/pkg/lib-es5/options.js").default.set({});
  return require("@yao-pkg/pkg/lib-es5/sea.js").default;
}
