import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { type Import, importsOf, parseImports, repository, sourceFiles } from "./support/imports.ts";

/**
 * Which part of the source may import which, beside itself (docs/style.md, section 8). A part is a directory (ending in a slash) or a
 * file; a file belongs to the longest that fits.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  // It would run in a browser: not even Node's own modules.
  "protocol/": [],
  "src/version.ts": [],
  "src/x509/": ["protocol/"],
  "src/http/": ["protocol/"],
  "src/process/": ["protocol/"],
  "src/files/": ["protocol/"],
  "src/kerberos/": ["protocol/"],
  "src/bus/": ["protocol/"],
  "src/sdk/": ["protocol/", "src/files/", "src/x509/", "src/version.ts"],
  "src/index.ts": ["protocol/", "src/sdk/", "src/version.ts"],
  // These two know helpers as command lines only, so that any language's helper is treated as ours are.
  "src/daemon/": ["protocol/", "src/bus/", "src/files/", "src/process/", "src/x509/", "src/version.ts"],
  "src/testing/": [
    ...["protocol/", "src/bus/", "src/daemon/", "src/files/", "src/getcert/", "src/http/", "src/kerberos/"],
    ...["src/process/", "src/version.ts", "src/x509/"],
  ],
  "src/getcert/": ["src/bus/", "src/version.ts"],
  "src/cli/": ["protocol/", "src/"],
  "src/cli.ts": ["protocol/", "src/"],
  "src/main.ts": ["src/", "helpers/"],
  // Another helper is out of reach: see `isAllowed`.
  "helpers/": [
    ...[
      "protocol/",
      "src/files/",
      "src/http/",
      "src/kerberos/",
      "src/process/",
      "src/sdk/",
      "src/version.ts",
    ],
    "src/x509/",
  ],
};

/** Each outside package and the only files that may import it. */
const homes: Readonly<Record<string, readonly string[]>> = {
  "dbus-native": ["src/bus/connection.ts"],
  dotenv: ["src/sdk/option-files.ts"],
  koffi: ["src/kerberos/native.ts"],
  "node-forge": ["src/x509/ber.ts", "src/x509/pkcs12-decrypt.ts"],
  undici: ["src/http/proxied.ts"],
  yargs: ["src/sdk/usage.ts", "src/cli.ts"],
};

const files = ["protocol", "src", "helpers"].flatMap(sourceFiles);
const imports = files.flatMap(importsOf);
const isOwn = (target: string) => /^(protocol|src|helpers|test|docs|scripts)\//.test(target);
const isNode = (target: string) => target.startsWith("node:") || builtinModules.includes(target);
const packageOf = (target: string) => target.split("/", target.startsWith("@") ? 2 : 1).join("/");

const partOf = (file: string) =>
  Object.keys(mayImport)
    .filter((part) => part === file || (part.endsWith("/") && file.startsWith(part)))
    .sort((a, b) => b.length - a.length)[0];
const helperOf = (file: string) => /^helpers\/[^/]+\//.exec(file)?.[0];

function isAllowed({ file, target }: Import): boolean {
  const [part, targetPart] = [partOf(file), partOf(target)];
  if (part === undefined || targetPart === undefined) return false;
  if (part === targetPart) return helperOf(file) === helperOf(target);
  return (mayImport[part] ?? []).some((allowed) => target === allowed || target.startsWith(allowed));
}

describe("imports of this repository's own files", () => {
  it("come only from parts that have a line in this test's table", () => {
    const strays = files.filter((file) => partOf(file) === undefined);
    expect(strays, "add the part to `mayImport`, with what it may import").toEqual([]);
  });

  it("go only where the table allows", () => {
    const forbidden = imports
      .filter(({ target }) => isOwn(target))
      .filter((one) => !isAllowed(one))
      .map(({ file, target }) => `${file} may not import ${target}`);
    expect(
      forbidden,
      "move the code to a part that both may use, or hand the value in as an argument",
    ).toEqual([]);
  });

  it("name the TypeScript file", () => {
    const others = imports.filter(({ target }) => isOwn(target) && !target.endsWith(".ts"));
    expect(others, "write the whole path, with .ts at the end").toEqual([]);
  });

  it("never go in a circle", () => {
    expect(circles(), "one of these files has a second subject inside: split it off").toEqual([]);
  });
});

describe("imports from outside", () => {
  it("do not exist in protocol/, not even from Node", () => {
    const outside = imports.filter(({ file, target }) => file.startsWith("protocol/") && !isOwn(target));
    expect(outside, "protocol/ works on values alone: do this in src/").toEqual([]);
  });

  it("are written node:* for Node's own modules", () => {
    const bare = imports.filter(
      ({ target }) => builtinModules.includes(target) && !target.startsWith("node:"),
    );
    expect(bare, "write node: before the name").toEqual([]);
  });

  const outside = imports.filter(({ target }) => !isOwn(target) && !isNode(target));

  it("name each package in the one file that wraps it", () => {
    const elsewhere = outside
      .filter(({ file, target }) => !(homes[packageOf(target)] ?? []).includes(file))
      .map(({ file, target }) => `${file} imports ${target}`);
    const advice =
      "use the functions of the file that wraps it; a new package needs a line in `homes` and a decision";
    expect(elsewhere, advice).toEqual([]);
  });

  it("are runtime dependencies of package.json", () => {
    const manifest: unknown = JSON.parse(readFileSync(resolve(repository, "package.json"), "utf8"));
    expect(manifest).toHaveProperty("dependencies");
    const missing = outside.filter(
      ({ kind, target }) => kind !== "type" && !hasDependency(manifest, packageOf(target)),
    );
    expect(missing, "a package that runs is a dependency, not a devDependency").toEqual([]);
  });

  it.each(["src/main.ts", "src/sdk/run-helper.ts"])("are not loaded when %s starts", (entry) => {
    const started = closure(entry);
    const early = outside.filter(({ file, kind }) => kind === "static" && started.has(file));
    expect(early, "every start pays for it: load it with import() where it is needed").toEqual([]);
  });
});

describe("being imported", () => {
  it("does no work: no file prints, listens, waits or changes the environment", async () => {
    const entries = files.filter((file) => file.endsWith("main.ts"));
    const modules = files.filter((file) => !entries.includes(file)).map((file) => resolve(repository, file));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      "--input-type=module",
      "--eval",
      importAll,
      ...modules,
    ]);
    expect({ stdout, stderr }).toEqual({ stdout: "[]", stderr: "" });
  });
});

describe("reading imports", () => {
  it.each([
    { text: 'import { a } from "./a.ts";', found: ["static ./a.ts"] },
    { text: 'import a, {\n  b,\n  type C,\n} from "./a.ts";', found: ["static ./a.ts"] },
    { text: 'import type { A } from "./a.ts";', found: ["type ./a.ts"] },
    {
      text: 'export { a } from "./a.ts";\nexport type { B } from "./b.ts";',
      found: ["static ./a.ts", "type ./b.ts"],
    },
    { text: 'export * from "./a.ts";', found: ["static ./a.ts"] },
    { text: 'import "./a.ts";', found: ["static ./a.ts"] },
    { text: 'const { a } = await import("./a.ts");', found: ["lazy ./a.ts"] },
    { text: '// import "./a.ts"\n/* import "./b.ts" */\nconst c = `import "./c.ts"`;', found: [] },
    { text: 'export const url = "https://example.test"; import "./a.ts";', found: ["static ./a.ts"] },
  ])("finds $found in $text", ({ text, found }) => {
    expect(parseImports(text).map(({ kind, specifier }) => `${kind} ${specifier}`)).toEqual(found);
  });

  it("finds this project's files and what they import", () => {
    expect(files.length).toBeGreaterThan(30);
    expect(imports.length).toBeGreaterThan(files.length);
  });
});

/** A program that imports its arguments in turn and writes, as JSON, the names of those that did something. */
const importAll = `
  // Node's own node:util opens these when it is imported as a whole, which is not the work of our files.
  void [process.stdout, process.stderr];
  const state = () => JSON.stringify([process.env, process.eventNames(), process.getActiveResourcesInfo(), process.exitCode]);
  const busy = [];
  for (const file of process.argv.slice(1)) {
    const before = state();
    await import(file).catch((error) => busy.push(file + ": " + error.message));
    if (state() !== before) busy.push(file);
  }
  process.stdout.write(JSON.stringify(busy));
`;

function hasDependency(manifest: unknown, name: string): boolean {
  if (typeof manifest !== "object" || manifest === null || !("dependencies" in manifest)) return false;
  const { dependencies } = manifest;
  return typeof dependencies === "object" && dependencies !== null && name in dependencies;
}

/** The files that are loaded when `entry` is: itself and its static imports, theirs, and so on. */
function closure(entry: string): Set<string> {
  const loaded = new Set<string>();
  const queue = [entry];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (loaded.has(file)) continue;
    loaded.add(file);
    queue.push(...staticTargets(file));
  }
  return loaded;
}

function staticTargets(file: string): string[] {
  return imports
    .filter((one) => one.file === file && one.kind === "static" && isOwn(one.target))
    .map(({ target }) => target);
}

/** The files that load themselves again through their static imports. */
function circles(): string[] {
  return files.filter((file) => staticTargets(file).some((target) => closure(target).has(file)));
}
