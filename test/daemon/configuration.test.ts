import { describe, expect, it } from "vitest";
import { parseConfiguration } from "../../src/daemon/configuration.ts";
import { addDuration, secondsOf } from "../../src/daemon/duration.ts";
import type { RequestRecord } from "../../src/daemon/fields.ts";
import { type NotificationType, notificationText, priorityOf } from "../../src/daemon/notify.ts";
import { defaultTtls, monitorDelay, rootsDelay } from "../../src/daemon/renewal.ts";
import { nextSerial } from "../../src/daemon/self-sign.ts";

const now = new Date("2026-11-23T10:00:00Z");

describe("certmonger.conf", () => {
  it("has certmonger's defaults", () => {
    expect(parseConfiguration("", now)).toEqual({
      notifyTtls: defaultTtls,
      enrollTtls: defaultTtls,
      notificationMethod: "syslog",
      notificationDestination: "daemon.notice",
      keyType: "RSA",
      rsaKeyBits: 2048,
      keyCipher: "aes-128-cbc",
      digest: "sha256",
      nssCaTrust: "CT,C,C",
      nssOtherTrust: ",,",
      selfSignValidity: "1y",
      hasUniqueIds: false,
    });
  });

  it.each([
    { line: "ttls = 1h, 2d", want: { notifyTtls: [172_800, 3600], enrollTtls: [172_800, 3600] } },
    {
      line: "ttls = 1h\nenroll_ttls = 28d 7d",
      want: { notifyTtls: [3600], enrollTtls: [2_419_200, 604_800] },
    },
    { line: "ttls =", want: { notifyTtls: [], enrollTtls: [] } },
    { line: "ttls = soon,1d", want: { notifyTtls: [86_400] } },
    { line: "ttls = ,1d", want: { notifyTtls: [] } },
    {
      line: "notification_method=mailto",
      want: { notificationMethod: "email", notificationDestination: "daemon.notice" },
    },
    { line: "notification_method=NONE", want: { notificationMethod: "none" } },
    { line: "notification_method=pigeon", want: { notificationMethod: "syslog" } },
    { line: "rsa_key_size=512", want: { rsaKeyBits: 2048 } },
    { line: "rsa_key_size=3072", want: { rsaKeyBits: 3072 } },
    { line: "rsa_key_size=1536x", want: { rsaKeyBits: 1536 } },
    { line: "key_type=EC", want: { keyType: "RSA" } },
    { line: "symmetric_cipher=AES-256", want: { keyCipher: "aes-256-cbc" } },
    { line: "symmetric_cipher=des3", want: { keyCipher: "des-ede3-cbc" } },
    { line: "symmetric_cipher=rot13", want: { keyCipher: "aes-128-cbc" } },
    { line: "digest=SHA-384", want: { digest: "sha384" } },
    { line: "digest=md4", want: { digest: "sha256" } },
    { line: "#default_ca=no\ndefault_ca = local ", want: { defaultCa: "local" } },
    { line: "default_ca = a\ndefault_ca = b", want: { defaultCa: "a" } },
    { line: "nss_ca_trust=C,,\nnss_other_trust=", want: { nssCaTrust: "C,,", nssOtherTrust: ",," } },
    { line: "max_key_use_count=3\nmax_key_lifetime=1y", want: { maxKeyUseCount: 3, maxKeyLifetime: "1y" } },
    { line: "[selfsign]\nvalidity_period=30d", want: { selfSignValidity: "30d" } },
    { line: "[selfsign]\nvalidity_period=soon", want: { selfSignValidity: "1y" } },
    { line: "[selfsign]\npopulate_unique_id=T", want: { hasUniqueIds: true } },
    { line: "[selfsign]\npopulate_unique_id=maybe", want: { hasUniqueIds: false } },
    { line: "Digest = sha1", want: { digest: "sha256" } },
    // A section ends at the next header, and a second one of its name is not read.
    { line: "[selfsign]\n[defaults]\ndigest=sha1", want: { digest: "sha256" } },
  ])("understands $line", ({ line, want }) => {
    expect(parseConfiguration(`[defaults]\n${line}\n`, now)).toMatchObject(want);
  });

  it.each(["0", "-1", "1x", ""])("takes max_key_use_count=%s for no limit", (count) => {
    expect(parseConfiguration(`[defaults]\nmax_key_use_count=${count}\n`, now)).not.toHaveProperty(
      "maxKeyUseCount",
    );
  });

  it("has keys with their letter case, in their own section", () => {
    const text = "[other]\ndefault_ca=x\n[defaults]\nDefault_ca=y\n";
    expect(parseConfiguration(text, now).defaultCa).toBeUndefined();
  });

  it.each([
    { text: "2w3d4h5m6s", seconds: 1_209_600 + 259_200 + 14_400 + 300 + 6 },
    { text: "90", seconds: 90 },
    { text: "2h 30", seconds: 7230 },
    { text: "y", seconds: undefined },
    { text: "soon", seconds: undefined },
  ])("takes $text for $seconds s", ({ text, seconds }) => {
    expect(secondsOf(text, now)).toBe(seconds);
  });

  it.each([
    { from: "2026-11-23T12:00:00Z", text: "1y", end: "2027-11-23T12:00:00Z" },
    { from: "2027-06-01T12:00:00Z", text: "1y", end: "2028-06-01T12:00:00Z" },
    { from: "2027-01-31T12:00:00Z", text: "1M", end: "2027-03-03T12:00:00Z" },
    { from: "2026-11-23T12:00:00Z", text: "1y2M3d", end: "2028-01-26T12:00:00Z" },
  ])("counts $text from $from by the calendar", ({ from, text, end }) => {
    expect(addDuration(new Date(from), text)).toEqual(new Date(end));
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
