import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import type { Metafile } from "esbuild";
import { afterAll, describe, expect, it } from "vitest";
import { bundle } from "../../scripts/build/bundle.ts";
import { thirdPartyLicenses } from "../../scripts/build/licenses.ts";
import { baseNode, projectDirectory } from "../../scripts/build/project.ts";

const directory = mkdtempSync(join(tmpdir(), "certmonger-helper-licenses-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A package on disk, and the report of a bundler that took `bytes` of it. */
function packageWith(name: string, license: string, files: Record<string, string>, bytes = 100): Metafile {
  const path = join(directory, "node_modules", name);
  for (const [file, text] of Object.entries({
    ...files,
    "package.json": JSON.stringify({ name, version: "1.0.0", license }),
  })) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), text);
  }
  const input = relative(projectDirectory, join(path, "lib/index.js"));
  const output = { bytes, inputs: { [input]: { bytesInOutput: bytes } }, imports: [], exports: [] };
  return { inputs: {}, outputs: { "bundle.cjs": output } };
}

describe("thirdPartyLicenses", () => {
  it("gives name, version, licence and text of a package", () => {
    const text = thirdPartyLicenses(packageWith("good", "MIT", { LICENSE: "Be kind.\n" }));
    expect(text).toContain("good 1.0.0 (MIT)\n\nBe kind.\n");
  });

  it("finds the text under the names that packages use, scoped packages too", () => {
    for (const [name, file] of Object.entries({
      "@a/b": "LICENCE.md",
      c: "license.txt",
      d: "COPYING",
      e: "NOTICE",
    })) {
      expect(thirdPartyLicenses(packageWith(name, "ISC", { [file]: `terms of ${name}` }))).toContain(
        `terms of ${name}`,
      );
    }
  });

  it("says which of two licences we take", () => {
    const text = thirdPartyLicenses(packageWith("dual", "(BSD-3-Clause OR GPL-2.0)", { LICENSE: "either" }));
    expect(text).toContain("dual 1.0.0 (BSD-3-Clause)");
  });

  it("leaves out a package of which nothing is in the bundle", () => {
    expect(thirdPartyLicenses(packageWith("unused", "MIT", { LICENSE: "x" }, 0))).not.toContain("unused");
  });

  it("refuses a licence that nobody has looked at", () => {
    const unknown = packageWith("strict", "AGPL-3.0", { LICENSE: "x" });
    expect(() => thirdPartyLicenses(unknown)).toThrow("strict has the licence AGPL-3.0");
  });

  it("refuses a package without a licence text", () => {
    expect(() => thirdPartyLicenses(packageWith("silent", "MIT", {}))).toThrow(
      "silent brings no licence text",
    );
  });

  it("names the packages of our own bundle and Node", async () => {
    const node = baseNode();
    const text = thirdPartyLicenses((await bundle()).metafile, node);
    expect(text).toContain(`Node.js ${node.version}`);
    expect(text).toMatch(/^yargs \d+\.\d+\.\d+ \(MIT\)$/m);
    expect(text).toMatch(/^node-forge \d+\.\d+\.\d+ \(BSD-3-Clause\)$/m);
    expect(text).toMatch(/^dotenv \d+\.\d+\.\d+ \(BSD-2-Clause\)$/m);
  });
});
