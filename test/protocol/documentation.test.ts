import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  decodeReply,
  ExitStatus,
  operations,
  type Reply,
  rejected,
  rootsProblems,
  unconfigured,
  variables,
} from "../../protocol/index.ts";
import { recording } from "./recordings.ts";

const run = promisify(execFile);
const document = await readFile(new URL("../../docs/protocol.md", import.meta.url), "utf8");
/** Rows of its tables, without the blanks that line up their columns. */
const rows = document
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .map((line) => line.replace(/ +\|/g, " |"));

describe("docs/protocol.md", () => {
  it.each(variables)("says since when there is $name", ({ name, since }) => {
    expect(rows.filter((row) => row.startsWith(`| \`${name}\` | ${since} |`))).toHaveLength(1);
  });

  it("has a row for each operation and each exit status", () => {
    for (const operation of operations) {
      expect(
        rows.filter((row) => row.startsWith(`| \`${operation}\` |`)),
        operation,
      ).toHaveLength(1);
    }
    for (const [name, status] of Object.entries(ExitStatus)) {
      const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
      const named = rows.filter((row) => row.toLowerCase().startsWith(`| ${status} | ${words} |`));
      expect(named, name).toHaveLength(1);
    }
  });

  it("has a heading for every link into itself", () => {
    const anchors = document
      .split("\n")
      .filter((line) => line.startsWith("## "))
      .map(
        (line) =>
          `#${line
            .slice(3)
            .toLowerCase()
            .replace(/[^a-z0-9 -]/g, "")
            .replaceAll(" ", "-")}`,
      );
    const links = [...document.matchAll(/\]\((#[^)]+)\)/g)].map(([, link]) => link);
    expect(links.length).toBeGreaterThan(10);
    for (const link of links) expect(anchors).toContain(link);
  });
});

describe("the helper of docs/protocol.md", () => {
  let directory = "";
  let helper = "";

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "certmonger-helper-"));
    helper = join(directory, "lab-submit");
    const source = /<!-- lab-submit -->\n```sh\n([\s\S]*?)```/.exec(document)?.[1] ?? "";
    await writeFile(helper, source, { mode: 0o700 });
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key"];
    await run("openssl", ["req", "-x509", ...key, "-out", "ca.pem", "-days", "30", "-subj", "/CN=Lab Root"], {
      cwd: directory,
    });
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  /** Runs it with the variables of a recorded call, or with these. */
  async function call(environment: Readonly<Record<string, string>>, from = directory): Promise<Reply> {
    const { PATH = "" } = process.env;
    const env = { PATH, TMPDIR: directory, ...environment };
    try {
      const { stdout } = await run(helper, [from], { cwd: "/", env });
      return { exitStatus: 0, stdout };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && "stdout" in error)) throw error;
      return { exitStatus: Number(error.code), stdout: String(error.stdout) };
    }
  }

  it.each(["rsa-file-submit", "ec-file-submit", "rekey-submit", "one-line-cookie-poll"])(
    "issues a certificate for the recorded %s",
    async (name) => {
      const { CERTMONGER_OPERATION = "", CERTMONGER_CSR = "" } = recording(name).environment;
      const reply = await call({ CERTMONGER_OPERATION, CERTMONGER_CSR });
      const result = decodeReply("SUBMIT", reply);
      if (result.status !== "issued") throw new Error(reply.stdout);
      const file = join(directory, "issued.pem");
      await writeFile(file, result.certificate);
      const { stdout } = await run("openssl", ["verify", "-CAfile", join(directory, "ca.pem"), file]);
      expect(stdout).toContain("OK");
    },
  );

  it("answers the queries it knows, and 6 to all others", async () => {
    expect(await call({ CERTMONGER_OPERATION: "IDENTIFY" })).toEqual({
      exitStatus: 0,
      stdout: "Lab CA helper 1.0\n",
    });
    const roots = await call({ CERTMONGER_OPERATION: "fetch-roots" });
    expect(rootsProblems(roots.stdout)).toEqual([]);
    for (const operation of ["GET-SUPPORTED-TEMPLATES", "FETCH-THE-FUTURE"]) {
      expect(await call({ CERTMONGER_OPERATION: operation }, "/nowhere")).toEqual({
        exitStatus: 6,
        stdout: "",
      });
    }
  });

  it("refuses with a message what it can not sign", async () => {
    expect(decodeReply("SUBMIT", await call({}))).toEqual(
      unconfigured("no signing request in CERTMONGER_CSR"),
    );
    expect(decodeReply("SUBMIT", await call({}, "/nowhere"))).toEqual(
      unconfigured("no ca.key and ca.pem in /nowhere"),
    );
    expect(decodeReply("SUBMIT", await call({ CERTMONGER_CSR: "nonsense" }))).toEqual(
      rejected("the signing request is broken, or its signature is"),
    );
  });
});
