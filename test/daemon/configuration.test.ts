import { describe, expect, it } from "vitest";
import { parseConfiguration, readSeconds } from "../../src/daemon/configuration.ts";
import type { RequestRecord } from "../../src/daemon/fields.ts";
import { type NotificationType, notificationText, priorityOf } from "../../src/daemon/notify.ts";
import { defaultTtls, monitorDelay, rootsDelay } from "../../src/daemon/renewal.ts";
import { nextSerial } from "../../src/daemon/self-sign.ts";

describe("certmonger.conf", () => {
  it("has certmonger's defaults", () => {
    expect(parseConfiguration("")).toEqual({
      notifyTtls: defaultTtls,
      enrollTtls: defaultTtls,
      notificationMethod: "syslog",
      notificationDestination: "daemon.notice",
      keyType: "RSA",
      rsaKeyBits: 2048,
      nssCaTrust: "CT,C,C",
      nssOtherTrust: ",,",
      selfSignValiditySeconds: 31_536_000,
    });
  });

  it.each([
    { line: "ttls = 1h, 2d", want: { notifyTtls: [172_800, 3600], enrollTtls: [172_800, 3600] } },
    {
      line: "ttls = 1h\nenroll_ttls = 28d 7d",
      want: { notifyTtls: [3600], enrollTtls: [2_419_200, 604_800] },
    },
    {
      line: "notification_method=mailto",
      want: { notificationMethod: "email", notificationDestination: "root" },
    },
    { line: "notification_method=NONE", want: { notificationMethod: "none" } },
    { line: "rsa_key_size=512", want: { rsaKeyBits: 2048 } },
    { line: "rsa_key_size=3072", want: { rsaKeyBits: 3072 } },
    { line: "#default_ca=no\ndefault_ca = local ", want: { defaultCa: "local" } },
    {
      line: "max_key_use_count=3\nmax_key_lifetime=1y",
      want: { maxKeyUseCount: 3, maxKeyLifetimeSeconds: 31_536_000 },
    },
    { line: "[selfsign]\nvalidity_period=30d", want: { selfSignValiditySeconds: 2_592_000 } },
    { line: "Default_CA = no", want: { rsaKeyBits: 2048 } },
  ])("understands $line", ({ line, want }) => {
    expect(parseConfiguration(`[defaults]\n${line}\n`)).toMatchObject(want);
  });

  it("has keys with their letter case, in their own section", () => {
    expect(parseConfiguration("[other]\ndefault_ca=x\n[defaults]\nDefault_ca=y\n").defaultCa).toBeUndefined();
  });

  it.each([
    { text: "1y2w3d4h5m6s", seconds: 31_536_000 + 1_209_600 + 259_200 + 14_400 + 300 + 6 },
    { text: "90", seconds: 90 },
    { text: "1M", seconds: 2_592_000 },
    { text: "soon", seconds: undefined },
  ])("takes $text for $seconds s", ({ text, seconds }) => {
    expect(readSeconds(text)).toBe(seconds);
  });
});

describe("what the administrator is told", () => {
  const now = new Date("2026-11-23T10:00:00Z");
  const file: RequestRecord = {
    id: "a",
    ca_name: "C",
    cert_storage_type: "FILE",
    cert_storage_location: "/F",
  };
  const nss: RequestRecord = {
    id: "a",
    cert_storage_type: "NSSDB",
    cert_storage_location: "/D",
    cert_nickname: "N",
    cert_token: "K",
  };
  const over = { cert_not_after: new Date("2026-11-22T10:00:00Z") };

  it.each<[NotificationType, RequestRecord, string]>([
    ["validity_ending", { ...file, ...over }, 'Certificate in file "/F" is no longer valid.'],
    [
      "validity_ending",
      { ...nss, ...over },
      'Certificate named "N" in token "K" in database "/D" is no longer valid.',
    ],
    ["rejected", file, 'Request for certificate to be stored in file "/F" rejected by CA.'],
    [
      "rejected",
      nss,
      'Request for certificate to be named "N" in token "K" in database "/D" rejected by CA.',
    ],
    ["issued_not_saved", file, 'Certificate in file "/F" issued by CA but not saved.'],
    ["issued_and_saved", nss, 'Certificate named "N" in token "K" in database "/D" issued by CA and saved.'],
    [
      "issued_ca_not_saved",
      file,
      'Certificate in file "/F" issued by CA and saved, but the CA certificate was not saved.',
    ],
    ["ca_not_saved", file, 'CA certificate for certificate in file "/F" (CA "C") not saved.'],
  ])("of %s is certmonger's sentence", (type, record, text) => {
    expect(notificationText(type, record, now)).toBe(text);
  });

  it("of a coming end has the time in the daemon's zone", () => {
    const record = { ...file, cert_not_after: new Date("2027-01-02T03:04:05Z") };
    expect(notificationText("validity_ending", record, now)).toMatch(
      /^Certificate in file "\/F" will not be valid after 2027-01-0\d \d\d:\d\d:05 \S+\.$/,
    );
  });

  it.each([
    ["daemon.notice", "daemon.notice"],
    ["local3:err", "local3.err"],
    ["warning", "user.warning"],
    ["nonsense", "user.notice"],
  ])("goes for %s to syslog's %s", (destination, priority) => {
    expect(priorityOf(destination)).toBe(priority);
  });
});

describe("delays and serials", () => {
  const now = new Date("2026-11-23T10:00:00Z");
  const inSeconds = (seconds: number): Date => new Date(now.getTime() + 1000 * seconds);

  it.each([
    { left: 100 * 86_400, seconds: 86_400 },
    { left: 2_419_200 + 3600, seconds: 3605 },
    { left: 86_400 + 20 * 3600, seconds: 72_005 },
    { left: 60, seconds: 1800 },
  ])("a certificate with $left s left is looked at again in $seconds s", ({ left, seconds }) => {
    expect(monitorDelay(inSeconds(left), defaultTtls, now)).toBe(seconds);
  });

  it("roots are asked for again after half of the shortest time left", () => {
    expect(rootsDelay([inSeconds(20_000), inSeconds(10_000)], now)).toBe(5000);
    expect(rootsDelay([inSeconds(-1)], now)).toBe(300);
    expect(rootsDelay([], now)).toBeUndefined();
  });

  it.each([
    ["01", "02"],
    ["7F", "0080"],
    ["00FF", "0100"],
  ])("after the serial %s comes %s", (serial, after) => {
    expect(nextSerial(serial)).toBe(after);
  });
});
