import { describe, expect, it } from "vitest";
import { helperEnvironment, isHandedDown } from "../../src/process/helper-environment.ts";

/** Recorded from certmonger 0.79.17 and 0.79.21, Debian's builds. */
const daemonEnvironment = {
  HOME: "/root",
  LOGNAME: "root",
  PATH: "/opt/bin:/usr/bin",
  FOO: "bar",
  LANG: "de_DE.UTF-8",
  LC_TIME: "fr_FR.UTF-8",
  LC_: "x",
  LANGUAGE: "de",
  http_proxy: "http://proxy.example:1",
  HTTPS_PROXY: "http://proxy.example:2",
  no_proxy: "localhost",
  _proxy: "http://proxy.example:3",
  X_PROXY: "",
  DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent",
  DBUS_SYSTEM_BUS_ADDRESS: "unix:path=/nonexistent",
  LD_LIBRARY_PATH: "/opt/lib",
  NODE_OPTIONS: "--throw-deprecation",
  TZ: "Asia/Tokyo",
  CERTMONGER_EXTRA: "1",
  CERTMONGER_CONFIG_DIR: "/lab/config",
  CERTMONGER_REQUESTS_DIR: "/lab/requests",
  CERTMONGER_CAS_DIR: "/lab/cas",
  CERTMONGER_LOCAL_CA_DIR: "/lab/local",
  CERTMONGER_SYSTEM_LOCK_FILE: "/lab/lock",
  CERTMONGER_TMPDIR: "/lab/tmp",
};

describe("helperEnvironment", () => {
  it("is what certmonger makes of a daemon environment that is full of things", () => {
    expect(helperEnvironment(daemonEnvironment)).toEqual({
      HOME: "/run/certmonger",
      PATH: "/usr/bin:/bin:/usr/sbin:/sbin",
      SHELL: "/bin/sh",
      TERM: "dumb",
      LC_CTYPE: "C.UTF-8",
      CERTMONGER_CONFIG_DIR: "/lab/config",
      TMPDIR: "/lab/tmp",
      CERTMONGER_LOCAL_CA_DIR: "/lab/local",
      no_proxy: "localhost",
      X_PROXY: "",
      LANG: "de_DE.UTF-8",
      HTTPS_PROXY: "http://proxy.example:2",
      http_proxy: "http://proxy.example:1",
      LC_TIME: "fr_FR.UTF-8",
      DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent",
    });
  });

  it("is this when the daemon has nothing", () => {
    expect(Object.entries(helperEnvironment())).toEqual([
      ["HOME", "/run/certmonger"],
      ["PATH", "/usr/bin:/bin:/usr/sbin:/sbin"],
      ["SHELL", "/bin/sh"],
      ["TERM", "dumb"],
      ["LC_CTYPE", "C.UTF-8"],
      ["TMPDIR", "/var/tmp"],
      ["CERTMONGER_LOCAL_CA_DIR", "/var/lib/certmonger/local"],
    ]);
  });

  it("takes the daemon's LC_CTYPE for its own", () => {
    expect(helperEnvironment({ LC_CTYPE: "C" }).LC_CTYPE).toBe("C");
  });
});

describe("isHandedDown", () => {
  it.each([
    ["LANG", true],
    ["LC_ALL", true],
    ["LC_X", false],
    ["LC_XY", true],
    ["LC_", false],
    ["LANGUAGE", false],
    ["a_proxy", true],
    ["_proxy", false],
    ["ALL_PROXY", true],
    ["ALL_Proxy", false],
    ["no_proxy_for", false],
    ["CERTMONGER_PVT_ADDRESS", true],
    ["TZ", false],
  ])("%s: %s", (name, expected) => {
    expect(isHandedDown(name)).toBe(expected);
  });
});
