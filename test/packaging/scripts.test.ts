import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectDirectory } from "../../scripts/build/project.ts";
import { newDirectory } from "../support/directory.ts";

/** `npm run check` with programs of our own in the place of biome, tsc and vitest, with these exit statuses. */
function check(statuses: Readonly<Record<string, number>>) {
  const directory = newDirectory();
  for (const [name, status] of Object.entries(statuses)) {
    writeFileSync(join(directory, name), `#!/bin/sh\necho "${name} $*"\nexit ${status}\n`);
    chmodSync(join(directory, name), 0o755);
  }
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(projectDirectory, "scripts/check.mjs"), "--reporter=json"],
    { env: { PATH: [directory, "/usr/bin", "/bin"].join(delimiter) }, encoding: "utf8" },
  );
  return { status, programs: stdout.split("\n").map((line) => line.split(" ")[0]), stdout, stderr };
}

describe("npm run check", () => {
  it("does all there is, whatever the steps before have found", () => {
    const run = check({ biome: 1, tsc: 2, vitest: 0 });
    expect(run.status).toBe(1);
    expect(run.programs).toEqual(["biome", "tsc", "vitest", ""]);
    expect(run.stderr).toBe("check: FAILED: format and lint, types\n");
  });

  it("is content when all are, and hands its arguments to vitest", () => {
    const run = check({ biome: 0, tsc: 0, vitest: 0 });
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(run.stdout).toContain("vitest run --project unit --reporter=json\n");
  });

  it("fails when a program is missing", () => {
    expect(check({ biome: 0, tsc: 0 })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("ENOENT"),
    });
  });
});

/** A copy of the parts of the project that its scripts read, with one mistake in the sources. */
function brokenProject(): string {
  const directory = newDirectory();
  for (const name of ["package.json", "tsconfig.json", "tsconfig.build.json", "scripts", "LICENSE"])
    cpSync(join(projectDirectory, name), join(directory, name), { recursive: true });
  symlinkSync(join(projectDirectory, "node_modules"), join(directory, "node_modules"));
  for (const name of ["src", "protocol", "helpers"]) mkdirSync(join(directory, name));
  writeFileSync(join(directory, "src/main.ts"), "const number: number = 'text';\n((\n");
  return directory;
}

describe("a mistake in the sources is told without a stack", () => {
  it.each([
    { script: "build.mjs", line: "build: the sources do not compile" },
    { script: "package.mjs", line: "package: Build failed with 1 error:" },
  ])("by $script", ({ script, line }) => {
    const directory = brokenProject();
    const run = spawnSync(process.execPath, [join("scripts", script)], { cwd: directory, encoding: "utf8" });
    expect(run.status).toBe(1);
    expect(`${run.stdout}${run.stderr}`).toContain("src/main.ts");
    expect(run.stderr.trimEnd().split("\n").at(-1)).toBe(line);
    expect(run.stderr).not.toMatch(/^ {4}at /m);
  });
});
