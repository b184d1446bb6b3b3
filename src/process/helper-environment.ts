import type { Environment } from "../../protocol/index.ts";

/** The search path that certmonger gives to helpers and hooks: no /usr/local/bin. */
export const helperPath = "/usr/bin:/bin:/usr/sbin:/sbin";

/**
 * The environment in which certmonger runs a helper, before the variables of the operation.
 *
 * Built anew each time. Of the daemon's own environment only a few names come through (see
 * `isHandedDown`): no TZ, LD_LIBRARY_PATH, NODE_OPTIONS, SSL_CERT_FILE, KRB5_* or XDG_*. HOME is fixed
 * when certmonger is compiled (Debian's value here) and need not exist.
 *
 * @param daemonEnvironment what the daemon itself was started with; `CERTMONGER_TMPDIR`,
 *   `CERTMONGER_CONFIG_DIR` and `CERTMONGER_LOCAL_CA_DIR` are its settings
 * @see certmonger 0.79.21 src/subproc.c, cm_subproc_start; measured on 0.79.17 and 0.79.21
 */
export function helperEnvironment(daemonEnvironment: Environment = {}): Record<string, string> {
  const environment: Record<string, string> = {
    HOME: "/run/certmonger",
    PATH: helperPath,
    SHELL: "/bin/sh",
    TERM: "dumb",
    LC_CTYPE: daemonEnvironment.LC_CTYPE ?? "C.UTF-8",
  };
  const configDirectory = daemonEnvironment.CERTMONGER_CONFIG_DIR;
  if (configDirectory !== undefined) {
    environment.CERTMONGER_CONFIG_DIR = configDirectory;
  }
  environment.TMPDIR = daemonEnvironment.CERTMONGER_TMPDIR ?? "/var/tmp";
  environment.CERTMONGER_LOCAL_CA_DIR =
    daemonEnvironment.CERTMONGER_LOCAL_CA_DIR ?? "/var/lib/certmonger/local";
  for (const [name, value] of Object.entries(daemonEnvironment)) {
    if (value !== undefined && isHandedDown(name)) {
      environment[name] = value;
    }
  }
  return environment;
}

/**
 * Does a variable of the daemon's environment reach its helpers under its own name?
 *
 * Locale names need two characters after `LC_`, proxy names one before `_proxy`; proxies are handed
 * down even when empty.
 */
export function isHandedDown(name: string): boolean {
  return (
    name === "LANG" ||
    name === "DBUS_SESSION_BUS_ADDRESS" ||
    name === "CERTMONGER_PVT_ADDRESS" ||
    /^LC_.{2}/.test(name) ||
    /.(_PROXY|_proxy)$/.test(name)
  );
}
