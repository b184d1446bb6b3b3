/**
 * Reads the lab's directory and prints what it found as JSON; exit status 3 or 4 with the failure.
 *
 *   ldap-probe.ts URL gssapi|anonymous [BASE-DN]
 */

import { findCaMasters, readBaseDn } from "../../../helpers/ipa/directory.ts";
import { connectLdap } from "../../../helpers/ipa/ldap.ts";
import { LdapError, ldapFailure } from "../../../helpers/ipa/ldap-error.ts";
import { readKnownCas, rootsOf } from "../../../helpers/ipa/roots.ts";
import { HelperFailure } from "../../../protocol/index.ts";
import { networkFailure } from "../../../src/http/failure.ts";
import { NetworkError } from "../../../src/http/network-error.ts";
import { readTrust } from "../../../src/http/trust.ts";
import { KerberosError } from "../../../src/kerberos/error.ts";
import { kerberosFailure } from "../../../src/kerberos/failure.ts";
import { systemKerberos } from "../../../src/kerberos/system.ts";
import { readCertificate } from "../../../src/x509/certificate.ts";

async function read(url: string, how: string, base: string | undefined) {
  const trust = await readTrust({ files: ["/etc/ipa/ca.crt"] });
  const ticket = how === "gssapi" ? await systemKerberos.ticketFromKeytab({}) : undefined;
  const started = performance.now();
  const directory = await connectLdap({ url: new URL(url), trust, ...(ticket && { ticket }) });
  const baseDn = base ?? (await readBaseDn(directory)) ?? "";
  const cas = await readKnownCas(directory, baseDn);
  const masters = ticket === undefined ? [] : await findCaMasters(directory, baseDn);
  const ms = performance.now() - started;
  directory.close();
  ticket?.release();
  const { roots, others } = rootsOf(cas, { realm: "EXAMPLE.TEST", now: new Date() });
  const named = (list: typeof roots) =>
    list.map(({ nickname, certificate }) => `${nickname}: ${readCertificate(certificate).subject}`);
  return {
    layer: directory.layer,
    baseDn,
    masters,
    known: cas.length,
    roots: named(roots),
    others: named(others),
    ms,
  };
}

function failureOf(error: unknown): HelperFailure {
  if (error instanceof HelperFailure) return error;
  if (error instanceof LdapError) return ldapFailure(error);
  if (error instanceof NetworkError) return networkFailure(error);
  if (error instanceof KerberosError) return kerberosFailure(error);
  throw error;
}

async function main(): Promise<void> {
  const [url = "", how = "", base] = process.argv.slice(2);
  try {
    console.log(JSON.stringify(await read(url, how, base)));
    process.exit(0);
  } catch (error) {
    const { status, message } = failureOf(error);
    console.log(JSON.stringify({ failure: { status, message } }));
    process.exit(status === "unconfigured" ? 4 : 3);
  }
}

void main();
