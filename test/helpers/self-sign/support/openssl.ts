import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { newDirectory } from "../../../support/directory.ts";

/** Runs openssl, which must succeed. */
export function openssl(args: readonly string[], input = ""): string {
  return execFileSync("openssl", [...args], { input, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });
}

/** Writes texts into files of a directory of their own. */
export function files<Name extends string>(contents: Readonly<Record<Name, string>>): Record<Name, string> {
  const directory = newDirectory();
  const paths: Record<string, string> = {};
  for (const [name, content] of Object.entries<string>(contents)) {
    paths[name] = join(directory, name);
    writeFileSync(paths[name], content);
  }
  return paths;
}

/**
 * The second opinion: openssl verifies the certificate against the roots, by the letter of RFC 5280.
 *
 * @returns the certificate as `openssl x509 -text` shows it
 * @throws when it does not verify
 */
export function verifiedText(
  certificate: string,
  roots: readonly string[],
  args: readonly string[] = [],
): string {
  const { leaf, trusted } = files({ leaf: certificate, trusted: roots.join("") });
  openssl(["verify", "-x509_strict", "-check_ss_sig", ...args, "-CAfile", trusted, leaf]);
  return openssl(["x509", "-noout", "-text", "-nameopt", "RFC2253", "-in", leaf]);
}
