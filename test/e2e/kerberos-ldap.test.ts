import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KerberosLab, needKerberosLab } from "./support/kerberos-lab.ts";
import { need } from "./support/peers.ts";

const probe = fileURLToPath(new URL("./support/ldap-probe.ts", import.meta.url));
const { leaveOut, note } = needKerberosLab();
let lab: KerberosLab;

async function read(...args: string[]) {
  const { exitStatus, stdout, stderr } = await lab.attempt(process.execPath, [probe, ...args]);
  if (stdout === "") throw new Error(`exit status ${exitStatus}\n${stderr}`);
  return { exitStatus, ...JSON.parse(stdout) };
}

/** The directory with other rules for its security layers. */
async function withSlapd<T>(securityProperties: string, work: () => Promise<T>): Promise<T> {
  await lab.server("stop", "slapd");
  await lab.server("start", "slapd", { environment: { SASL_SECPROPS: securityProperties } });
  try {
    return await work();
  } finally {
    await lab.server("stop", "slapd");
    await lab.server("start", "slapd");
  }
}

const [none, integrity, privacy] = [1, 2, 4];

describe.skipIf(leaveOut)(`the directory of a real slapd${note}`, () => {
  beforeAll(async () => {
    lab = await KerberosLab.start();
  });
  afterAll(() => lab?.stop());

  const everything = {
    exitStatus: 0,
    baseDn: "dc=example,dc=test",
    known: 3,
    roots: [
      "EXAMPLE.TEST IPA CA: CN=Certificate Authority,O=EXAMPLE.TEST",
      "EXAMPLE.TEST IPA CA 2: CN=Second Authority,O=EXAMPLE.TEST",
    ],
    others: [],
  };
  const masters = ["ipa.example.test", "replica.example.test"];

  it.each([
    { offer: "every layer", properties: "noanonymous", ldap: privacy, ldaps: privacy },
    { offer: "no privacy", properties: "maxssf=1", ldap: integrity, ldaps: none },
    { offer: "nothing but privacy", properties: "minssf=56", ldap: privacy, ldaps: privacy },
  ])("is read with Kerberos when it offers $offer", async ({ properties, ldap, ldaps }) => {
    await withSlapd(properties, async () => {
      for (const [scheme, layer] of Object.entries({ ldap, ldaps })) {
        const shown = await read(`${scheme}://ipa.example.test`, "gssapi");
        expect(shown).toMatchObject({ ...everything, masters, layer });
      }
    });
  });

  it("is not read without TLS when it offers no layer at all, and with TLS is", async () => {
    await withSlapd("maxssf=0", async () => {
      const { exitStatus, failure } = await read("ldap://ipa.example.test", "gssapi");
      expect(exitStatus).toBe(3);
      expect(failure.message).toContain("the server protects nothing, and there is no TLS: use ldaps://");
      expect(await read("ldaps://ipa.example.test", "gssapi")).toMatchObject({ ...everything, layer: none });
    });
  });

  it("is read anonymously over TLS, and never without", async () => {
    expect(await read("ldaps://ipa.example.test", "anonymous")).toMatchObject(everything);
    const { failure } = await read("ldap://ipa.example.test", "anonymous");
    expect(failure.message).toContain("without Kerberos only ldaps:// is safe");
  });

  it("whose certificate is for another name is not read", async () => {
    const { exitStatus, failure } = await read("ldaps://wrongname.example.test", "anonymous");
    expect(exitStatus).toBe(3);
    expect(failure.message).toContain("the certificate of wrongname.example.test is not for that name");
  });

  it("that does not know us by that name is told by the KDC", async () => {
    const { exitStatus, failure } = await read("ldap://nospn.example.test", "gssapi");
    expect(exitStatus).toBe(3);
    expect(failure.message).toContain("ldap/nospn.example.test@EXAMPLE.TEST");
  });

  it("that has another base DN is unconfigured, with the name that is missing", async () => {
    const { exitStatus, failure } = await read("ldap://ipa.example.test", "gssapi", "dc=other,dc=test");
    expect(exitStatus).toBe(4);
    expect(failure.message).toContain("the directory has no entry dc=other,dc=test");
  });

  it("that is down or silent is unreachable", async () => {
    await lab.without("stop", "slapd", async () => {
      const { exitStatus, failure } = await read("ldap://ipa.example.test", "gssapi");
      expect({ exitStatus, message: failure.message }).toEqual({
        exitStatus: 3,
        message: "ipa.example.test refuses connections: check that its service runs, and the port",
      });
    });
  });

  const certmonger = need("certmonger");
  it.skipIf(certmonger.leaveOut)(
    `has for certmonger's own helper the same first nickname${certmonger.note}`,
    async () => {
      const original = ["/usr/lib/certmonger/ipa-submit", "/usr/libexec/certmonger/ipa-submit"].find((path) =>
        existsSync(path),
      );
      const environment = { CERTMONGER_OPERATION: "FETCH-ROOTS" };
      const stdout = await lab.run(original ?? "", [], { environment });
      const nicknames = stdout.split("\n").filter((line) => line.endsWith("IPA CA"));
      // It gives all three the same name, the distrusted one among them.
      expect(nicknames).toEqual(Array(3).fill("EXAMPLE.TEST IPA CA"));
    },
  );
});
