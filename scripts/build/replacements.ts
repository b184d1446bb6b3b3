import { join } from "node:path";
import type { Plugin } from "esbuild";

interface Replacement {
  /** The specifier, as the importing module writes it. */
  readonly filter: RegExp;
  /** A file in the directory `replacements`. */
  readonly by: string;
}

/** Modules that a bundle gets in another form, so that it is smaller or starts faster. */
const table: readonly Replacement[] = [
  // It would compile a regular expression over all of Unicode, 19 ms.
  { filter: /^string-width$/, by: "string-width.ts" },
  { filter: /^undici$/, by: "undici.cjs" },
  // Parsers of HTTP that undici tries before the one that works everywhere, or when a variable asks for them: 50 kB.
  { filter: /\/(llhttp_simd-wasm|milo\/(no-)?simd)\.js$/, by: "nothing.cjs" },
  // dbus-native reads introspection with it, which nothing here asks for: 25 kB.
  { filter: /^xml2js$/, by: "nothing.cjs" },
];

export const replacements: Plugin = {
  name: "replacements",
  setup({ onResolve }) {
    for (const { filter, by } of table) {
      onResolve({ filter }, () => ({ path: join(import.meta.dirname, "replacements", by) }));
    }
  },
};
