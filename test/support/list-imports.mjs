// Preloaded by `--import` into a program: writes what the program imports, one a line, to the file that
// TEST_IMPORTS names. A module of Node as `node:fs`, a package as `yargs`, a file of ours as its path.
import { writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("../..", import.meta.url));
const imported = new Set();

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const path = found.url.startsWith("file:") ? relative(project, fileURLToPath(found.url)) : found.url;
    const isInside = context.parentURL?.includes("/node_modules/") ?? false;
    if (!isInside) imported.add(/^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path);
    return found;
  },
});

process.on("exit", () => writeFileSync(process.env.TEST_IMPORTS, [...imported].sort().join("\n")));
