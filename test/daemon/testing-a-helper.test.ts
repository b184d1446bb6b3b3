import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const example = readFileSync(join(root, "docs/examples/daemon/my-helper.test.ts"), "utf8");

describe("docs/testing-a-helper.md", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "example-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("shows the example as it is", () => {
    expect(readFileSync(join(root, "docs/testing-a-helper.md"), "utf8")).toContain(example);
  });

  it("has an example that passes with a helper of its own", () => {
    const helper = join(directory, "helper");
    const submit = `${process.execPath} ${join(root, "helpers/self-sign/main.ts")}`;
    writeFileSync(helper, `#!/bin/sh\nexec ${submit} --ca-data-directory ${join(directory, "ca")}\n`);
    chmodSync(helper, 0o755);
    const test = join(directory, "my-helper.test.ts");
    writeFileSync(test, example.replace("/usr/libexec/certmonger-helper/self-sign-submit", helper));
    writeFileSync(
      join(directory, "vitest.config.ts"),
      `export default { test: { testTimeout: 60000 }, resolve: { alias: { "certmonger-helper/daemon": ${JSON.stringify(join(root, "src/daemon/index.ts"))}, "vitest": ${JSON.stringify(join(root, "node_modules/vitest"))} } } };`,
    );
    const output = execFileSync(
      process.execPath,
      [join(root, "node_modules/vitest/vitest.mjs"), "run", "--root", directory],
      { encoding: "utf8", timeout: 90_000 },
    );
    expect(output).toContain("1 passed");
  }, 100_000);
});
