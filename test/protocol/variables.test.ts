import { describe, expect, it } from "vitest";
import { variables } from "../../protocol/index.ts";
import { recordings } from "./recordings.ts";

describe("the table of variables", () => {
  it("has each name once", () => {
    const names = variables.map((variable) => variable.name);
    expect(new Set(names).size).toBe(names.length);
  });

  it("says of each which release introduced it", () => {
    for (const { name, since } of variables) expect(since, name).toMatch(/^(before )?0\.\d+(\.\d+)?$/);
  });

  it.each(["lines", "pem", "base64"] as const)("is right where it says %s", (form) => {
    const shapes = {
      lines: /^[^\r\n]+(\n[^\r\n]+)*$/,
      pem: /^-----BEGIN [\s\S]*-----\n+$/,
      base64: /^[A-Za-z0-9+/]+=*$/,
    };
    const names = variables.filter((variable) => variable.form === form).map((variable) => variable.name);
    const values = names.flatMap((name) => recordings.flatMap(({ environment }) => environment[name] ?? []));
    const broken = values.filter((value) => !shapes[form].test(value) && value !== "nonsense");
    expect(values.length).toBeGreaterThan(names.length);
    expect(broken).toEqual([]);
  });
});
