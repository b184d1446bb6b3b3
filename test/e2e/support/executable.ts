import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * The absolute path of a name of the built executable, such as `self-sign-submit`.
 *
 * @throws when it is not there, and says how to build it
 */
export function executable(name: string): string {
  const path = fileURLToPath(new URL(`../../../dist/bin/${name}`, import.meta.url));
  if (!existsSync(path)) throw new Error(`no ${path}: run \`npm run build && npm run package\``);
  return path;
}
