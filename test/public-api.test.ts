import { existsSync, readFileSync } from "node:fs";
import { posix, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { repository } from "./support/imports.ts";

/** What a program can name: `value`s exist at run time, `type`s only for the compiler. */
type Exports = Map<string, "value" | "type">;

const subpaths = subpathsOf(JSON.parse(readFileSync(resolve(repository, "package.json"), "utf8")));

describe("the public API", () => {
  it.each(subpaths)(
    "of $specifier exports exactly what its recorded list says",
    async ({ specifier, source }) => {
      const list = [...exportsOf(source)].map(([name, kind]) => `${kind} ${name}\n`).sort();
      const message =
        "an export was added, removed or renamed: if that is meant, run vitest with -u and say so in CHANGELOG.md";
      const recorded = `fixtures/public-api/${specifier.replaceAll("/", "-")}.txt`;
      await expect(list.join(""), message).toMatchFileSnapshot(recorded);
    },
  );

  it.each(subpaths)("of $specifier has each of its values at run time", async ({ source }) => {
    const module: Record<string, unknown> = await import(resolve(repository, source));
    const values = [...exportsOf(source)].filter(([, kind]) => kind === "value").map(([name]) => name);
    expect(Object.keys(module).sort()).toEqual(values.sort());
  });
});

/** The subpath exports that are modules, with the source file that each is built from. */
function subpathsOf(manifest: {
  name: string;
  exports: Record<string, string | { default: string }>;
}): { specifier: string; source: string }[] {
  return Object.entries(manifest.exports).flatMap(([subpath, target]) =>
    typeof target === "string"
      ? []
      : [
          {
            specifier: posix.join(manifest.name, subpath),
            source: target.default.replace(/^\.\/dist\//, "").replace(/\.js$/, ".ts"),
          },
        ],
  );
}

/** The exports of a file that lists exports of other files by name, or takes over another such list whole. */
function exportsOf(file: string): Exports {
  const text = readFileSync(resolve(repository, file), "utf8");
  const found: Exports = new Map();
  for (const [, type, names = ""] of text.matchAll(/^export (type )?\{([^}]*)\}/gm)) {
    for (const item of names.split(",").map((name) => name.trim())) {
      if (item === "") continue;
      const isType = type !== undefined || item.startsWith("type ");
      const name = item.replace(/^type /, "").replace(/^.* as /, "");
      found.set(name, isType ? "type" : "value");
    }
  }
  for (const [, , name = ""] of text.matchAll(/^export (const|function|class|async function) (\w+)/gm)) {
    found.set(name, "value");
  }
  for (const [, target = ""] of text.matchAll(/^export \* from "(.+)"/gm)) {
    const path = posix.join(posix.dirname(file), target);
    if (!existsSync(resolve(repository, path)))
      throw new Error(`${file} exports ${path}, which does not exist`);
    for (const [name, kind] of exportsOf(path)) found.set(name, kind);
  }
  return found;
}
