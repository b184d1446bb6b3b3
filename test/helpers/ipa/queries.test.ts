import { afterAll, beforeAll, expect, it } from "vitest";
import { options } from "../../../helpers/ipa/options.ts";
import { decodeRoots } from "../../../protocol/index.ts";
import { flagName, type OptionDefinition } from "../../../src/sdk/option-table.ts";
import { type FakeIpa, startFakeIpa } from "../../../src/testing/servers/fake-ipa.ts";
import { version } from "../../../src/version.ts";
import { recording } from "./support/recordings.ts";
import { makeMachine } from "./support/run.ts";

let ipa: FakeIpa;

beforeAll(async () => {
  ipa = await startFakeIpa();
});
afterAll(async () => {
  await ipa.close();
});

const ask = (operation: string, args: readonly string[] = []) =>
  makeMachine(ipa).run(args, { CERTMONGER_OPERATION: operation });

it.each([
  { operation: "IDENTIFY", exitStatus: 0, stdout: `ipa-submit ${version}\n` },
  {
    operation: "GET-NEW-REQUEST-REQUIREMENTS",
    exitStatus: 0,
    stdout: "CERTMONGER_REQ_PRINCIPAL\nCERTMONGER_REQ_SUBJECT\n",
  },
  { operation: "GET-RENEW-REQUEST-REQUIREMENTS", exitStatus: 0, stdout: "" },
  { operation: "GET-DEFAULT-TEMPLATE", exitStatus: 0, stdout: "caIPAserviceCert\n" },
  { operation: "FETCH-SCEP-CA-CAPS", exitStatus: 6, stdout: "" },
  { operation: "FETCH-SCEP-CA-CERTS", exitStatus: 6, stdout: "" },
  { operation: "FROBNICATE", exitStatus: 6, stdout: "" },
])("answers $operation without a server", async ({ operation, exitStatus, stdout }) => {
  const before = ipa.requests.length;
  const ran = await ask(operation);
  expect({ exitStatus: ran.exitStatus, stdout: ran.stdout }).toEqual({ exitStatus, stdout });
  expect(ipa.requests).toHaveLength(before);
});

it("lists the profiles that a real server listed", async () => {
  ipa.next({ status: 200, body: recording("certprofile-find").reply.body });
  const { exitStatus, stdout } = await ask("GET-SUPPORTED-TEMPLATES");
  expect(exitStatus).toBe(0);
  expect(stdout.trimEnd().split("\n")).toEqual(
    expect.arrayContaining(["caIPAserviceCert", "IECUserRoles", "KDCs_PKINIT_Certs", "acmeIPAServerCert"]),
  );
});

it("takes the roots from the web server when the directory does not answer, and says so in the log", async () => {
  const { exitStatus, stdout, stderr } = await ask("FETCH-ROOTS");
  expect(exitStatus, stdout).toBe(0);
  const roots = decodeRoots(stdout);
  expect(roots.roots.map(({ nickname }) => nickname)).toEqual(["EXAMPLE.TEST IPA CA"]);
  expect(roots.roots[0]?.certificate.trim()).toBe(ipa.authority.certificate.trim());
  expect(stderr).toMatch(/with Kerberos the roots can not be had/);
});

it("takes no roots from a server whose certificate the known CA did not sign", async () => {
  const stranger = await startFakeIpa({ tls: "untrusted" });
  try {
    const { exitStatus, stdout } = await makeMachine(stranger).run([], {
      CERTMONGER_OPERATION: "FETCH-ROOTS",
    });
    expect(exitStatus, stdout).toBe(3);
    expect(stdout).not.toContain("BEGIN");
  } finally {
    await stranger.close();
  }
});

it("has every option of certmonger's ipa-submit", () => {
  // `ipa-submit --help` of certmonger 0.79.17
  const theirs = `h:host d:domain H:xmlrpc-url J:jsonrpc-url L:ldap-url C:capath c:cafile t:keytab-name
    k:submitter-principal K:use-ccache-creds u:uid W:pwd w:pwdfile P:principal-of-request T:profile X:issuer b:basedn`;
  const ours = Object.entries<OptionDefinition>(options).map(
    ([key, { alias }]) => `${alias}:${flagName(key)}`,
  );
  expect(ours).toEqual(expect.arrayContaining(theirs.split(/\s+/)));
});
