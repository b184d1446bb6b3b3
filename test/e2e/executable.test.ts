import { execFileSync, type SpawnSyncOptions, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compare } from "../../scripts/bench/compare.ts";
import {
  baseNode,
  executableName,
  linkNames,
  packageVersion,
  projectDirectory,
} from "../../scripts/build/project.ts";

const dist = join(projectDirectory, "dist");
const inBin = (name: string) => join(dist, "bin", name);

let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "certmonger-helper-executable-"));
  runScript("package.mjs");
  runScript("package-pkg.mjs");
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function runScript(name: string, directory = projectDirectory): void {
  execFileSync(process.execPath, [join(directory, "scripts", name)], { cwd: directory, stdio: "pipe" });
}

/** The sources, the packages that are bundled, and links to the tools. */
function copyOfProject(directory: string): string {
  for (const name of ["package.json", "tsconfig.json", "protocol", "src", "helpers", "scripts"]) {
    cpSync(join(projectDirectory, name), join(directory, name), { recursive: true });
  }
  const bundled = readFileSync(join(dist, "bundle/meta.json"), "utf8");
  mkdirSync(join(directory, "node_modules"));
  for (const name of readdirSync(join(projectDirectory, "node_modules"))) {
    const [from, to] = [join(projectDirectory, "node_modules", name), join(directory, "node_modules", name)];
    if (bundled.includes(`"node_modules/${name}/`)) cpSync(from, to, { recursive: true });
    else symlinkSync(from, to);
  }
  return directory;
}

interface Answer {
  readonly status: number | null;
  readonly stdout: string;
}

/** Runs a program with nothing in its environment but what is given: no PATH, no HOME. */
function run(
  program: string,
  argv: readonly string[],
  env: Record<string, string>,
  options: SpawnSyncOptions = {},
): Answer {
  const { status, stdout } = spawnSync(program, argv, {
    cwd: "/",
    env,
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
  });
  return { status, stdout: String(stdout) };
}

describe("the executable", () => {
  it.each(linkNames)("answers as %s when that is the name it was called by", (name) => {
    expect(lstatSync(inBin(name)).isSymbolicLink()).toBe(true);
    expect(readlinkSync(inBin(name))).toBe(executableName);
    const answer = run(inBin(name), [], { CERTMONGER_OPERATION: "IDENTIFY" });
    expect(answer).toEqual({
      status: 0,
      stdout: expect.stringMatching(new RegExp(`^${name} .*${packageVersion}`)),
    });
  });

  it.each(linkNames)("is %s too when that is its first argument", (name) => {
    const byOwnName = run(inBin(executableName), [name], { CERTMONGER_OPERATION: "IDENTIFY" });
    expect(byOwnName).toEqual(run(inBin(name), [], { CERTMONGER_OPERATION: "IDENTIFY" }));
  });

  it("says which environment file is not there", () => {
    const answer = run(inBin("self-sign-submit"), ["--environment-file", "/no/such"], {});
    expect(answer).toEqual({ status: 4, stdout: expect.stringContaining("/no/such") });
  });

  it("answers 6 to an operation that does not exist yet", () => {
    expect(run(inBin("self-sign-submit"), [], { CERTMONGER_OPERATION: "FETCH-THE-FUTURE" })).toEqual({
      status: 6,
      stdout: "",
    });
  });

  it("answers with its descriptor 0 closed, as certmonger starts it", () => {
    const env = { CERTMONGER_OPERATION: "IDENTIFY" };
    const answer = run("/bin/sh", ["-c", 'exec "$0" <&-', inBin("self-sign-submit")], env);
    expect(answer).toMatchObject({ status: 0, stdout: expect.stringMatching(/^self-sign-submit /) });
  });

  it("lets NODE_OPTIONS tell it nothing", () => {
    const env = {
      CERTMONGER_OPERATION: "IDENTIFY",
      NODE_OPTIONS: "--require=/nonexistent --throw-deprecation",
    };
    expect(run(inBin("self-sign-submit"), [], env).status).toBe(0);
  });

  it("takes Node's own flags for nobody's", () => {
    expect(run(inBin(executableName), ["--eval", "process.exit(0)"], {}).status).not.toBe(0);
    // Node looks for this one among the arguments of the program, too, and would end with status 9.
    const answer = run(inBin("self-sign-submit"), ["--env-file=/no/such"], {});
    expect(answer).toEqual({ status: 4, stdout: expect.stringContaining("--env-file is not an option") });
    expect(run(inBin(executableName), ["--version"], {}).stdout).toContain(packageVersion);
  });

  it("is one file of at most 110 MB that needs the system's C and C++ libraries and no other", () => {
    expect(statSync(inBin(executableName)).size).toBeLessThanOrEqual(110e6);
    const libraries = execFileSync("ldd", [inBin(executableName)], { encoding: "utf8" });
    const names = [...libraries.matchAll(/^\s*(\S+)\.so/gm)].map(([, path = ""]) => path.replace(/.*\//, ""));
    const expected = [
      "ld-linux-x86-64",
      "libc",
      "libdl",
      "libgcc_s",
      "libm",
      "libpthread",
      "libstdc++",
      "linux-vdso",
    ];
    expect(expected).toEqual(expect.arrayContaining(names));
  });

  it("carries the licences of all that is in it, and has them beside it", () => {
    const { status, stdout } = run(inBin(executableName), ["--licenses"], {}, { maxBuffer: 16e6 });
    expect(status).toBe(0);
    expect(stdout).toBe(readFileSync(inBin("THIRD-PARTY-LICENSES.txt"), "utf8"));
    for (const part of ["Node.js v24", "OpenSSL", "yargs", "dotenv", "node-forge"])
      expect(stdout).toContain(part);
  });

  it("is the same to the last bit when it is made in another directory", () => {
    const checkout = copyOfProject(join(scratch, "another", "check out"));
    runScript("package.mjs", checkout);
    const digest = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
    expect(digest(join(checkout, "dist/bin", executableName))).toBe(digest(inBin(executableName)));
  });

  it("is not made again when nothing has changed", () => {
    const before = statSync(inBin(executableName)).mtimeMs;
    runScript("package.mjs");
    expect(statSync(inBin(executableName)).mtimeMs).toBe(before);
  });

  it("starts about as fast as Node itself: its code cache is taken", () => {
    const { wallMs } = compare(
      {
        name: "IDENTIFY",
        ours: { argv: [inBin("self-sign-submit")], environment: { CERTMONGER_OPERATION: "IDENTIFY" } },
        answers: /^self-sign-submit/,
        peer: { name: "node -e 0", argv: [baseNode().path, "-e", "0"] },
        bounds: {},
      },
      15,
    );
    expect(wallMs.ratio).toBeLessThan(1.4);
  });
});

/** The other ways to deliver the same bundle: how each is started, by the name of a helper. */
const variants = [
  {
    variant: "the thin variant, on a Node that is installed",
    start: (name: string) => [baseNode().path, join(dist, "thin", name)],
  },
  { variant: "the executable that pkg makes", start: (name: string) => [join(dist, "pkg", name)] },
] as const;

const questions = [
  { CERTMONGER_OPERATION: "IDENTIFY" },
  { CERTMONGER_OPERATION: "GET-NEW-REQUEST-REQUIREMENTS" },
  { CERTMONGER_OPERATION: "GET-SUPPORTED-TEMPLATES" },
  { CERTMONGER_OPERATION: "FETCH-SCEP-CA-CAPS" },
  { CERTMONGER_OPERATION: "NONSENSE" },
  { CERTMONGER_OPERATION: "SUBMIT" },
  { CERTMONGER_OPERATION: "SUBMIT", CERTMONGER_CSR: "no CSR at all" },
];

describe.each(variants)("$variant", ({ start }) => {
  it.each(questions)("answers %o as the executable does", (question) => {
    const [program = "", ...argv] = [...start("self-sign-submit"), "-d", join(scratch, "state")];
    const expected = run(inBin("self-sign-submit"), ["-d", join(scratch, "state")], question);
    expect(run(program, argv, question)).toEqual(expected);
  });

  it("has its licences beside it", () => {
    const directory = join(start(executableName).at(-1) ?? "", "..");
    expect(readFileSync(join(directory, "THIRD-PARTY-LICENSES.txt"), "utf8")).toContain("yargs");
  });
});

it("the thin variant names the system's Node, which certmonger's PATH need not find", () => {
  expect(readFileSync(join(dist, "thin", executableName), "utf8").split("\n", 1)).toEqual([
    "#!/usr/bin/node --",
  ]);
});

it("the executable that pkg makes lets NODE_OPTIONS tell it nothing", () => {
  const env = { CERTMONGER_OPERATION: "IDENTIFY", NODE_OPTIONS: "--require=/nonexistent" };
  expect(run(join(dist, "pkg/self-sign-submit"), [], env).status).toBe(0);
});
