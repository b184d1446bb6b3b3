import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KerberosLab, needKerberosLab } from "./support/kerberos-lab.ts";
import { changedKrb5Conf, negotiate, type Wish } from "./support/kerberos-probe-runs.ts";
import { need } from "./support/peers.ts";
import { run } from "./support/run.ts";

const realm = needKerberosLab();
const certmonger = need("certmonger", "faketime");
let lab: KerberosLab;

const original = ["/usr/lib/certmonger/ipa-submit", "/usr/libexec/certmonger/ipa-submit"].find((path) =>
  existsSync(path),
);

interface Situation {
  name: string;
  wish?: () => Wish;
  /** Options of the original that wish the same. */
  options?: () => string[];
  environment?: () => Promise<Record<string, string>>;
  stopped?: "kdc";
  /** How far the clocks of KDC and web server are off. */
  clock?: string;
  exitStatus: 0 | 3 | 4;
  says?: string;
}
const keytab = (name: string, principal = "host/client.example.test") => ({
  wish: () => ({ keytab: name.includes("/") ? name : lab.path(name), principal }),
  options: () => ["-t", name.includes("/") ? name : lab.path(name), "-k", principal],
});
const situations: readonly Situation[] = [
  { name: "all is well", exitStatus: 0 },
  {
    name: "the keytab is missing",
    ...keytab("/nonexistent"),
    exitStatus: 4,
    says: "'/nonexistent' not found",
  },
  { name: "the keytab is empty", ...keytab("empty.keytab"), exitStatus: 4, says: "empty.keytab" },
  { name: "the keytab is none", ...keytab("garbage.keytab"), exitStatus: 4, says: "garbage.keytab" },
  { name: "the keytab is a directory", ...keytab("/tmp"), exitStatus: 4, says: "Is a directory" },
  {
    name: "the keytab's type is unknown",
    wish: () => ({ keytab: "ODD:x" }),
    options: () => ["-t", "ODD:x"],
    exitStatus: 4,
    says: "keytab ODD:x",
  },
  {
    name: "the principal is not in the keytab",
    ...keytab("host.keytab", "host/other.example.test"),
    exitStatus: 4,
    says: "no suitable keys for host/other.example.test@EXAMPLE.TEST",
  },
  {
    name: "the principal has a capital letter too many",
    ...keytab("host.keytab", "host/Client.example.test"),
    exitStatus: 4,
    says: "upper and lower case",
  },
  {
    name: "the principal is of another realm",
    ...keytab("host.keytab", "host/x@OTHER.TEST"),
    exitStatus: 4,
    says: "OTHER.TEST",
  },
  {
    name: "the principal is malformed",
    ...keytab("host.keytab", "a@b@c"),
    exitStatus: 4,
    says: "principal a@b@c",
  },
  {
    name: "the key is stale",
    ...keytab("stale.keytab", "host/other.example.test"),
    exitStatus: 4,
    says: "ipa-getkeytab",
  },
  {
    name: "the principal was deleted",
    ...keytab("ghost.keytab", "host/ghost.example.test"),
    exitStatus: 4,
    says: "not found in Kerberos database",
  },
  {
    name: "the principal is locked",
    ...keytab("disabled.keytab", "host/disabled.example.test"),
    exitStatus: 4,
    says: "locked or disabled",
  },
  {
    name: "krb5.conf is broken",
    environment: () => changedKrb5Conf(lab, "broken.conf", () => "[libdefaults\n"),
    exitStatus: 4,
    says: "syntax of krb5.conf",
  },
  {
    name: "no KDC of the realm is known",
    environment: () =>
      changedKrb5Conf(lab, "no-kdc.conf", (text) =>
        text.replace("dns_lookup_kdc = true", "dns_lookup_kdc = false").replace(/^ +kdc = .*/m, ""),
      ),
    exitStatus: 4,
    says: "Cannot find KDC for realm",
  },
  {
    name: "the KDC's name does not resolve",
    environment: () =>
      changedKrb5Conf(lab, "no-name.conf", (text) => text.replace("kdc.example.test", "gone.example.test")),
    exitStatus: 3,
    says: "DNS has its name",
  },
  {
    name: "the KDC is another server",
    environment: () =>
      changedKrb5Conf(lab, "not-a-kdc.conf", (text) =>
        text.replace("kdc.example.test", "ipa.example.test:443"),
      ),
    exitStatus: 3,
    says: "port 88",
  },
  {
    name: "the KDC is down",
    stopped: "kdc",
    exitStatus: 3,
    says: "Cannot contact any KDC for realm 'EXAMPLE.TEST'",
  },
  { name: "the servers' clocks are two hours behind", clock: "-2h", exitStatus: 0 },
  {
    name: "the servers' clocks are two hours behind, and libkrb5 may not take the KDC's time",
    clock: "-2h",
    environment: () =>
      changedKrb5Conf(lab, "no-timesync.conf", (text) =>
        text.replace("[libdefaults]", "[libdefaults]\n  kdc_timesync = 0"),
      ),
    exitStatus: 4,
    says: "clock",
  },
  {
    name: "there is no ccache",
    wish: () => ({ isDefault: true }),
    // The directory answers here, and would lead the original to another server.
    options: () => ["-K", "-L", "ldap://gone.example.test"],
    environment: async () => ({ KRB5CCNAME: "FILE:/nonexistent" }),
    exitStatus: 3,
    says: "kinit",
  },
];

describe.skipIf(realm.leaveOut || certmonger.leaveOut)(
  `a login beside that of certmonger's own helper${realm.note}${certmonger.note}`,
  () => {
    beforeAll(async () => {
      lab = await KerberosLab.start();
      await run("openssl", [
        ...["req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", lab.path("csr.key")],
        ...["-subj", "/CN=client.example.test", "-out", lab.path("csr.pem")],
      ]);
    });
    afterAll(() => lab?.stop());

    it.each(situations)("$name: exit status $exitStatus", async (situation) => {
      const { wish = () => ({}), options = () => [], stopped, clock, exitStatus, says = "" } = situation;
      const environment = (await situation.environment?.()) ?? {};
      const both = async () => {
        const theirOptions = ["-P", "host/client.example.test", ...options(), lab.path("csr.pem")];
        const theirs = await lab.attempt(original ?? "", theirOptions, { environment });
        return { ours: await negotiate(lab, wish(), environment), theirs };
      };
      const atClock = () => (clock === undefined ? both() : lab.withServersAt(clock, both));
      const { ours, theirs } = await (stopped ? lab.without("stop", stopped, both) : atClock());
      expect({ ours: ours.exitStatus, theirs: theirs.exitStatus }).toEqual({
        ours: exitStatus,
        theirs: exitStatus,
      });
      expect(ours.failure?.message ?? "").toContain(says);
      if (clock !== undefined && exitStatus === 0) {
        expect(Math.abs(ours.clockOffsetSeconds + 7200)).toBeLessThan(30);
      }
    });
  },
);
