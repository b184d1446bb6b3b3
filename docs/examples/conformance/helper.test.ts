import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { conformanceSuite } from "certmonger-helper/testing";
import { afterAll, beforeAll, describe, it } from "vitest";

const directory = mkdtempSync(join(tmpdir(), "example-ca-"));
const file = (name: string): string => join(directory, name);

beforeAll(() => {
  const make = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=Example-CA";
  const files = ["-keyout", file("ca.key"), "-out", file("ca.pem")];
  execFileSync("openssl", [...make.split(" "), ...files], { stdio: "ignore" });
});
afterAll(() => rmSync(directory, { recursive: true }));

// One test for each check. `strict: false` would let a failed "should" pass.
conformanceSuite(
  { describe, it, beforeAll },
  { command: [join(import.meta.dirname, "shell-submit"), directory], expect: "issued" },
);
