import { describe, expect, it } from "vitest";
import { version } from "../../src/version.ts";
import { runCli } from "./run-cli.ts";

describe("certmonger-helper", () => {
  it("says its version", async () => {
    expect(await runCli(["--version"])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: "" });
  });

  it.each(["--help", "-h", "help"])("lists its commands for %s", async (word) => {
    const { exitCode, stdout } = await runCli([word]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ {2}enroll +\S/m);
    expect(stdout).toMatch(/^ {2}explain +\S/m);
  });

  it("shows the help of a command for help COMMAND", async () => {
    expect(await runCli(["help", "explain"])).toEqual(await runCli(["explain", "--help"]));
  });

  it("getcert -v says at which private socket nobody answers", async () => {
    const env = { CERTMONGER_PVT_ADDRESS: "unix:path=/no/such/socket" };
    const { exitCode, stdout, stderr } = await runCli(["getcert", "list", "-v"], { env });
    expect(exitCode).toBe(1);
    expect(stdout + stderr).toContain("ENOENT /no/such/socket");
  });

  it("without a command: lists them on stderr, exit code 2", async () => {
    const { exitCode, stdout, stderr } = await runCli([]);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("certmonger-helper COMMAND");
  });

  it.each([
    { argv: ["dance"], line: 'certmonger-helper dance: there is no command "dance"' },
    { argv: ["explain", "--loud"], line: "certmonger-helper explain: --loud is not an option (see --help)" },
    { argv: ["enroll"], line: "certmonger-helper enroll: name the helper" },
  ])("$argv: one line on stderr, exit code 2", async ({ argv, line }) => {
    const { exitCode, stdout, stderr } = await runCli(argv);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(stderr.startsWith(line)).toBe(true);
  });

  it.each(["enroll", "explain"])("%s --help shows usage, options and examples", async (name) => {
    const { exitCode, stdout } = await runCli([name, "--help"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Usage: certmonger-helper ${name}`);
    expect(stdout).toContain("Examples:");
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(110);
  });
});
