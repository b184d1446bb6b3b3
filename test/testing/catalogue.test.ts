import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { renderCatalogue } from "../../src/testing/catalogue.ts";
import { checks, groups } from "../../src/testing/index.ts";

const docs = (name: string): string => readFileSync(resolve(import.meta.dirname, "../../docs", name), "utf8");

describe("the catalogue of checks", () => {
  it("is what docs/conformance-checks.md says", () => {
    expect(docs("conformance-checks.md")).toBe(renderCatalogue(checks));
  });

  it("has no id twice, and every id begins with its group", () => {
    const ids = checks.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(Object.keys(groups)).toContain(id.split(".")[0]);
  });

  it.each(checks)("says for $id what the rule, the harm and the remedy are, in sentences", (check) => {
    const { rule, harm, mend, title } = check;
    for (const text of [rule, harm, mend])
      expect(text).toMatch(/^(?:[A-Z`0-9]|certmonger|getcert|ca-error|stdout|roots).{15,}[.]$/s);
    expect(title).not.toMatch(/\.$/);
  });

  it("names only checks that are there in the results of known helpers", () => {
    const named = [...docs("conformance-results.md").matchAll(/^\| `([a-z0-9.-]+)` \|/gm)].map(
      ([, id]) => id,
    );
    const ids: readonly string[] = checks.map(({ id }) => id);
    expect(named.length).toBeGreaterThan(5);
    for (const id of named) expect(ids).toContain(id);
  });
});
