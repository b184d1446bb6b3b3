import { accessSync, constants, globSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The programs of others that the end-to-end tests run (or a file of theirs), and the Debian package that brings each. */
const packageOf = {
  certmonger: "certmonger",
  getcert: "certmonger",
  certutil: "libnss3-tools",
  "dbus-daemon": "dbus-daemon",
  "dbus-send": "dbus-bin",
  faketime: "faketime",
  openssl: "openssl",
  krb5kdc: "krb5-kdc",
  "kadmin.local": "krb5-admin-server",
  kinit: "krb5-user",
  apache2: "apache2-bin",
  "/usr/lib/apache2/modules/mod_auth_gssapi.so": "libapache2-mod-auth-gssapi",
  slapd: "slapd",
  "/usr/lib/*/sasl2/libgssapiv2.so*": "libsasl2-modules-gssapi-mit",
  dnsmasq: "dnsmasq-base",
  ip: "iproute2",
} as const;

export type Peer = keyof typeof packageOf;

const sbin = ["/usr/sbin", "/sbin"];

function isInstalled(program: string): boolean {
  if (program.startsWith("/")) return globSync(program).length > 0;
  const directories = [...(process.env.PATH ?? "").split(delimiter), ...sbin];
  return directories.some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Whether to leave tests out because a peer is missing, and the words for the suite's name.
 *
 *     const { leaveOut, note } = need("certmonger", "openssl");
 *     describe.skipIf(leaveOut)(`certmonger${note}`, …)
 *
 * On a person's machine a missing peer leaves the tests out. In CI, where `scripts/setup` can install it,
 * nothing is left out: the tests run, and fail.
 */
export function need(...peers: readonly Peer[]): { leaveOut: boolean; note: string } {
  const missing = [...new Set(peers.filter((peer) => !isInstalled(peer)).map((peer) => packageOf[peer]))];
  if (missing.length === 0) return { leaveOut: false, note: "" };
  const installable = process.getuid?.() === 0 && isInstalled("apt-get");
  const mustRun = process.env.CI === "true" && installable;
  return { leaveOut: !mustRun, note: ` (left out: needs the Debian package ${missing.join(", ")})` };
}
