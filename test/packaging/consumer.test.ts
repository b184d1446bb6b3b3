import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { buildLibrary, packageFaults } from "../../scripts/build/library.ts";
import { projectDirectory } from "../../scripts/build/project.ts";

/** What an author writes in a project of their own: every subpath, its types used and not only imported. */
const program = `
import { defineHelper, type EnrollmentResult, issued, rejected, runHelper } from "certmonger-helper";
import { decodeReply, type HelperResult } from "certmonger-helper/protocol";

const helper = defineHelper({
  name: "third-party-submit",
  version: "1.2.3",
  options: { url: { type: "string", demandOption: true, describe: "URL of the signing service" } },
  async submit(request, { options, signal }): Promise<EnrollmentResult> {
    const url: string = options.url;
    // @ts-expect-error: there is no such option
    options.nothing;
    signal.throwIfAborted();
    return request.hostnames.length === 0 ? rejected(url) : issued({ certificate: request.csr });
  },
});
const reply: HelperResult = decodeReply("SUBMIT", { exitStatus: 2, stdout: "no\\n" });
if (reply.status !== "rejected") throw new Error(reply.status);
await runHelper(helper);
`;

const compilerOptions = {
  target: "es2024",
  module: "nodenext",
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
  noEmit: true,
};

let scratch: string;
let project: string;
let installed: string;

/** The package as npm would publish it, installed into a project that has its dependencies and nothing else of ours. */
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "certmonger-helper-consumer-"));
  project = join(scratch, "project");
  installed = join(project, "node_modules", manifest.name);

  const staged = join(scratch, "staged");
  mkdirSync(staged);
  for (const name of ["package.json", "LICENSE", "README.md", "CHANGELOG.md", "docs", "helpers"]) {
    const source = join(projectDirectory, name);
    if (existsSync(source)) cpSync(source, join(staged, name), { recursive: true });
  }
  buildLibrary(staged);
  execFileSync("npm", ["pack", "--ignore-scripts", "--pack-destination", scratch], {
    cwd: staged,
    stdio: "pipe",
  });

  mkdirSync(installed, { recursive: true });
  const archive = join(scratch, `${manifest.name}-${manifest.version}.tgz`);
  execFileSync("tar", ["-xzf", archive, "--strip-components=1", "-C", installed]);
  for (const name of [...Object.keys(manifest.dependencies), "@types/node"]) {
    const link = join(project, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(projectDirectory, "node_modules", name), link);
  }
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
  writeFileSync(join(project, "helper.ts"), program);
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["helper.ts"] }));
}, 120_000);

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const path = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };
const identify = { CERTMONGER_OPERATION: "IDENTIFY", ...path };

describe("the published package", () => {
  it("has no fault that publint knows", async () => {
    expect(await packageFaults(installed)).toEqual([]);
  });

  it("holds what its users need and nothing else", () => {
    const expected = ["CHANGELOG.md", "LICENSE", "README.md", "dist", "docs", "helpers", "package.json"];
    expect(readdirSync(installed).sort()).toEqual(
      expected.filter((name) => existsSync(join(installed, name))),
    );
    expect(readdirSync(join(installed, "dist")).sort()).toEqual(["helpers", "protocol", "src"]);
  });

  it("gives a strict project its types, which hold without skipLibCheck", () => {
    const compiler = join(projectDirectory, "node_modules/.bin/tsc");
    expect(() => execFileSync(compiler, ["-p", project], { stdio: "pipe", encoding: "utf8" })).not.toThrow();
  });

  it("runs a helper that is written with it", () => {
    const helper = join(project, "helper.ts");
    const stdout = execFileSync(process.execPath, [helper], { env: identify, encoding: "utf8" });
    expect(stdout).toBe("third-party-submit 1.2.3\n");
  });

  it.each(Object.entries(manifest.bin))("brings %s as a program", (name, file) => {
    const link = join(project, name);
    symlinkSync(join(installed, file), link);
    const stdout = execFileSync(link, ["--version"], { env: path, encoding: "utf8" });
    expect(stdout).toContain(manifest.version);
  });
});
