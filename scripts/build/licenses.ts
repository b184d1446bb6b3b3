import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { koffiDirectory } from "./koffi-addon.ts";
import { type BaseNode, projectDirectory } from "./project.ts";

/** Licences under which a package may be part of the executable; of a choice, what we choose. */
const accepted: Readonly<Record<string, string>> = {
  "Apache-2.0": "Apache-2.0",
  "BSD-2-Clause": "BSD-2-Clause",
  "BSD-3-Clause": "BSD-3-Clause",
  "BlueOak-1.0.0": "BlueOak-1.0.0",
  "(BSD-3-Clause OR GPL-2.0)": "BSD-3-Clause",
  ISC: "ISC",
  MIT: "MIT",
};

/**
 * The licences of all that is in a bundle and is not ours, with Node's own when it is part of the file.
 *
 * @throws {Error} for a package whose licence is not accepted above, or that brings no licence text
 */
export function thirdPartyLicenses(metafile: Metafile, node?: BaseNode): string {
  const parts = packagesIn(metafile).map(licenseOfPackage);
  if (node !== undefined) parts.unshift({ title: `Node.js ${node.version}`, text: node.license });
  const intro = `certmonger-helper is licensed under the Apache License, Version 2.0. ${
    node === undefined ? "It" : "This executable"
  } contains the software below.\n`;
  return [intro, ...parts.map(({ title, text }) => `${"=".repeat(80)}\n${title}\n\n${text.trim()}\n`)].join(
    "\n",
  );
}

/**
 * The directories of packages that have at least one byte in the bundle, and of koffi, `node_modules/NAME`, sorted
 * by name.
 */
function packagesIn(metafile: Metafile): string[] {
  const files = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const directories = files.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  return [...new Set([...directories, koffiDirectory])].sort();
}

function licenseOfPackage(directory: string): { title: string; text: string } {
  const path = join(projectDirectory, directory);
  const { name, version, license }: Record<string, string> = JSON.parse(
    readFileSync(join(path, "package.json"), "utf8"),
  );
  const chosen = accepted[license ?? ""];
  if (chosen === undefined) throw new Error(`${name} has the licence ${license}, which is not on our list`);
  const files = readdirSync(path).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  if (files.length === 0) throw new Error(`${name} brings no licence text`);
  const text = files.map((file) => readFileSync(join(path, file), "utf8")).join("\n");
  return { title: `${name} ${version} (${chosen})`, text };
}
