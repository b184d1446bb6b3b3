import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { projectDirectory } from "../../scripts/build/project.ts";
import { version } from "../../src/version.ts";

const source = (built: string) => built.replace(/^(\.\/)?dist\//, "").replace(/(\.d\.ts|\.js)$/, ".ts");

describe("package.json", () => {
  it("names the version that the programs tell", () => {
    expect(manifest.version).toBe(version);
  });

  const exported = Object.values(manifest.exports).flatMap((target) =>
    typeof target === "string" ? [] : Object.values(target),
  );
  it.each([...exported, ...Object.values(manifest.bin)])("points to %s, which has a source", (built) => {
    expect(existsSync(join(projectDirectory, source(built)))).toBe(true);
  });

  it("makes a program of every helper that the executable holds", () => {
    const main = readFileSync(join(projectDirectory, "src/main.ts"), "utf8");
    const held = [...main.matchAll(/"([a-z-]+-submit)"/g)].map(([, name]) => name);
    expect(Object.keys(manifest.bin).sort()).toEqual([manifest.name, ...held].sort());
  });

  it("is under the licence whose text lies beside it", () => {
    expect(manifest.license).toBe("Apache-2.0");
    const text = readFileSync(join(projectDirectory, "LICENSE"), "utf8");
    expect(text).toMatch(/^\s*Apache License\s+Version 2\.0, January 2004/);
    expect(text).toContain("END OF TERMS AND CONDITIONS");
  });
});
