import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { need } from "./support/peers.ts";

const root = join(import.meta.dirname, "../..");
const example = readFileSync(join(root, "docs/examples/my-ca-submit.ts"), "utf8");

describe("the helper in 15 lines", () => {
  it.each(["README.md", "docs/writing-a-helper.md"])("is quoted in %s as it is", (name) => {
    expect(readFileSync(join(root, name), "utf8")).toContain(`\`\`\`ts\n${example}\`\`\``);
  });

  it("has no more than 15 lines of code", () => {
    expect(example.split("\n").filter((line) => line.trim() !== "").length).toBeLessThanOrEqual(15);
  });
});

const { leaveOut, note } = need("openssl");

describe.skipIf(leaveOut)(`the helper in 15 lines, run against a CA that is a web service${note}`, () => {
  const directory = mkdtempSync(join(tmpdir(), "readme-"));
  const openssl = (...args: string[]) =>
    execFileSync("openssl", args, { cwd: directory, encoding: "utf8", stdio: "pipe" });
  let server: Server;
  let answer: { status: number; body: () => string };

  beforeAll(async () => {
    const key = ["-newkey", "rsa:2048", "-nodes"];
    openssl(
      "req",
      "-x509",
      ...key,
      "-keyout",
      "ca.key",
      "-out",
      "ca.pem",
      "-days",
      "30",
      "-subj",
      "/CN=My CA",
    );
    openssl("req", "-new", ...key, "-keyout", "www.key", "-out", "www.csr", "-subj", "/CN=www.example.test");
    server = createServer((request, response) => {
      let csr = "";
      request.on("data", (chunk) => {
        csr += chunk;
      });
      request.on("end", () => {
        writeFileSync(join(directory, "got.csr"), csr);
        response.writeHead(answer.status).end(answer.body());
      });
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
  });
  afterAll(() => server.close());

  const sign = () =>
    openssl("x509", "-req", "-in", "got.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "30") +
    readFileSync(join(directory, "ca.pem"), "utf8");

  async function submit(variables: Record<string, string>) {
    const { port } = server.address() as AddressInfo;
    const script = join(root, "docs/examples/my-ca-submit.ts");
    const state = mkdtempSync(join(directory, "state-"));
    const child = spawn(
      process.execPath,
      [script, "--url", `http://127.0.0.1:${port}/sign`, "--state-directory", state],
      { env: variables, stdio: ["ignore", "pipe", "inherit"] },
    );
    let stdout = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    const status = await new Promise((resolve) => child.on("close", resolve));
    return { status, stdout };
  }

  const request = () => ({
    CERTMONGER_OPERATION: "SUBMIT",
    CERTMONGER_CSR: readFileSync(join(directory, "www.csr"), "utf8"),
  });

  it("obtains a certificate that openssl verifies, leaf first", async () => {
    answer = { status: 200, body: sign };
    const { status, stdout } = await submit(request());
    expect(status).toBe(0);
    writeFileSync(join(directory, "www.pem"), stdout);
    expect(openssl("verify", "-CAfile", "ca.pem", "www.pem")).toContain("OK");
    expect(openssl("x509", "-in", "www.pem", "-noout", "-subject")).toContain("www.example.test");
  });

  it.each([
    {
      name: "a refusal",
      status: 403,
      body: "not in the list",
      exit: 2,
      line: /refused the request: not in the list$/,
    },
    { name: "a broken CA", status: 503, body: "", exit: 3, line: /answered 503$/ },
    {
      name: "a page instead of a certificate",
      status: 200,
      body: "<html>",
      exit: 3,
      line: /is no certificate: /,
    },
  ])("answers $exit to $name, with the reason", async ({ status, body, exit, line }) => {
    answer = { status, body: () => body };
    const reply = await submit(request());
    expect(reply.status).toBe(exit);
    expect(reply.stdout.trimEnd()).toMatch(line);
  });

  it("refuses a profile that it does not have, without asking the CA", async () => {
    const reply = await submit({ ...request(), CERTMONGER_CA_PROFILE: "ca" });
    expect(reply).toEqual({ status: 2, stdout: "this CA certifies no other CAs\n" });
  });
});
