import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = fileURLToPath(new URL("../..", import.meta.url));

/** One import or re-export, with paths relative to the repository. */
export interface Import {
  readonly file: string;
  /** A file of this repository, or the specifier of a package or of Node: `yargs`, `node:fs`. */
  readonly target: string;
  /** `type`: gone at run time. `static`: loaded with the file. `lazy`: `import()`, loaded when it runs. */
  readonly kind: "type" | "static" | "lazy";
}

/** The TypeScript files below a directory of the repository, declarations left out; none if it is not there. */
export function sourceFiles(directory: string): string[] {
  const absolute = resolve(repository, directory);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .map((name) => posix.join(directory, name))
    .sort();
}

/** All imports of a file of the repository. */
export function importsOf(file: string): Import[] {
  const text = readFileSync(resolve(repository, file), "utf8");
  return parseImports(text).map(({ specifier, kind }) => ({
    file,
    target: specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : specifier,
    kind,
  }));
}

const commentsAndTemplates =
  /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|\/\*[\s\S]*?\*\/|\/\/[^\n]*|`(?:[^`\\]|\\.)*`/g;
const declarations = /\b(?:import|export)\s+(type\s)?(?:[^"';()]*?\bfrom\s*)?["']([^"']+)["']/g;
const calls = /\bimport\(\s*["']([^"']+)["']\s*\)/g;

/**
 * The import and export declarations and the `import()` calls of a TypeScript text.
 *
 * Reads no more of the language than this project writes: a type position such as `import("x").T` is found
 * as lazy, and an import of nothing but inline `type` names as static.
 */
export function parseImports(text: string): { specifier: string; kind: Import["kind"] }[] {
  const code = text.replace(commentsAndTemplates, (_match, string?: string) => string ?? " ");
  return [
    ...[...code.matchAll(declarations)].map(([, type, specifier = ""]) => ({
      specifier,
      kind: type === undefined ? ("static" as const) : ("type" as const),
    })),
    ...[...code.matchAll(calls)].map(([, specifier = ""]) => ({ specifier, kind: "lazy" as const })),
  ];
}
