import { type Issued, issued } from "../../protocol/index.ts";
import {
  type Certificate,
  certificateToPem,
  readCertificate,
  verifyCertificate,
} from "../../src/x509/certificate.ts";
import { carriesKeyOf } from "../../src/x509/chain.ts";
import { type Csr, readCsr } from "../../src/x509/csr.ts";
import { decodeSubjectAltNameExtension } from "../../src/x509/extensions.ts";
import { type CertRequest, caChain } from "./cert-request.ts";
import { readEntries } from "./entries.ts";
import { IpaError } from "./ipa-error.ts";
import { listOf, memberOf, textOf } from "./json.ts";
import type { IpaServer } from "./json-rpc.ts";

/** How far the clocks of the CA and of the KDC, by which `since` is told, may be apart. */
const clocksMs = 60 * 1_000;

/**
 * Looks into the entry of the principal for a certificate that an earlier request was given, and whose answer was lost:
 * for the CSR's key and names, by the CA that was asked for, and not older than that request.
 *
 * A profile that keeps no certificates in entries (`--store=false`), and a server that does not have the other one's
 * entry yet, have none to be found.
 *
 * @param since by the clock of the KDC
 */
export async function findIssued(
  server: IpaServer,
  request: CertRequest,
  since: Date,
): Promise<Issued | undefined> {
  try {
    const entries = await readEntries(server, [request.principal], undefined);
    const entry = entries.get(request.principal);
    const kept = entry !== undefined && "result" in entry ? memberOf(entry.result, "usercertificate") : [];
    const csr = readCsr(request.csr);
    const found = listOf(kept)
      .flatMap(certificateOf)
      .filter((one) => one.notBefore.getTime() >= since.getTime() - clocksMs)
      .filter((one) => carriesKeyOf(one, csr) && hasNamesOf(one, csr))
      .sort((one, other) => one.notBefore.getTime() - other.notBefore.getTime())
      .at(-1);
    if (found === undefined) return undefined;
    const chain = await caChain(server, request.issuer ?? "ipa");
    const [issuer] = chain;
    // More people may write to an entry than may have certificates issued.
    if (issuer === undefined || !verifyCertificate(found, readCertificate(issuer))) return undefined;
    return issued({ certificate: certificateToPem(found), chain });
  } catch (error) {
    if (error instanceof IpaError) return undefined;
    throw error;
  }
}

function certificateOf(value: unknown): Certificate[] {
  const base64 = textOf(memberOf(value, "__base64__")) ?? "";
  try {
    return [readCertificate(Buffer.from(base64, "base64"))];
  } catch {
    return [];
  }
}

/** Whether the certificate has every DNS name and address that the CSR asks for. */
function hasNamesOf({ extensions }: Certificate, csr: Csr): boolean {
  const given = new Set(namesOf(extensions));
  return namesOf(csr.extensions).every((name) => given.has(name));
}

function namesOf(extensions: Csr["extensions"]): string[] {
  const names = decodeSubjectAltNameExtension(extensions) ?? [];
  return names.flatMap((name) =>
    name.type === "dns" || name.type === "ip" ? [`${name.type} ${name.value.toLowerCase()}`] : [],
  );
}
