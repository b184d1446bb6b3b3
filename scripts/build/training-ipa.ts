import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { koffiAddonName } from "./koffi-addon.ts";
import type { Training } from "./training-runs.ts";

const principal = "host/training.example.test@EXAMPLE.TEST";

/**
 * A SUBMIT with a keytab, against a fake IPA on loopback. `training-kerberos.cjs` takes the place of the system's Kerberos
 * libraries, so that nothing depends on the machine that builds.
 */
export async function trainWithIpa(workDirectory: string, csr: string): Promise<Training> {
  // Not before the sources are known to be whole: a mistake in them is the bundler's to report.
  const { startFakeIpa } = await import("../../src/testing/servers/fake-ipa.ts");
  const { fakeKerberos } = await import("../../src/testing/servers/fake-kerberos.ts");
  const ipa = await startFakeIpa();
  const caFile = join(workDirectory, "ipa-ca.pem");
  writeFileSync(caFile, ipa.caCertificate);
  // What the helper looks for beside itself; it is not opened.
  writeFileSync(join(workDirectory, koffiAddonName), "");

  const ticket = await fakeKerberos(principal).ticketFromKeytab({});
  const context = ticket.startContext({ mechanism: "SPNEGO", service: "HTTP", host: "localhost" });
  const token = await context.step();
  if (token === undefined) throw new Error("the fake Kerberos gives no token");
  const place = ["-J", ipa.url, "-c", caFile, "--state-directory", join(workDirectory, "state-ipa")];
  const environment = {
    ...{ CERTMONGER_OPERATION: "SUBMIT", CERTMONGER_CSR: csr, CERTMONGER_REQ_PRINCIPAL: principal },
    ...{ TRAINING_PRINCIPAL: principal, TRAINING_TOKEN: Buffer.from(token).toString("base64") },
  };
  return { runs: [{ words: [...place, "-k", principal], environment }], end: () => ipa.close() };
}
