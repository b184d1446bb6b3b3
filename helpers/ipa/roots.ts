import type { NamedCertificate, Roots } from "../../protocol/index.ts";
import {
  type Certificate,
  certificateToPem,
  readCertificate,
  verifyCertificate,
} from "../../src/x509/certificate.ts";
import { searchBelow, textsOf } from "./directory.ts";
import type { LdapConnection } from "./ldap.ts";
import type { LdapEntry } from "./ldap-message.ts";

/** A CA certificate that IPA's directory holds, and what it says about it. */
export interface KnownCa {
  readonly certificate: Certificate;
  /** `unknown` also where the directory says nothing. */
  readonly trust: "trusted" | "distrusted" | "unknown";
  /** Whether it is IPA's own CA. */
  readonly isIpaCa: boolean;
}

/**
 * Reads the CA certificates of a directory, from the place where IPA since 4.1 keeps them all, else from the old
 * one, where only IPA's own CA was.
 *
 * @param skipped is told of a value that is no certificate
 * @throws {HelperFailure} `unconfigured` when the directory has no such base DN
 */
export async function readKnownCas(
  directory: LdapConnection,
  baseDn: string,
  skipped: (why: string) => void = () => {},
): Promise<KnownCa[]> {
  const below = (place: string) =>
    searchBelow(directory, baseDn, {
      base: `${place},cn=ipa,cn=etc,${baseDn}`,
      scope: "subtree",
      filter: { present: "cACertificate;binary" },
      attributes: ["cACertificate;binary", "ipaKeyTrust", "ipaConfigString"],
    });
  const entries = await below("cn=certificates");
  if (entries.length > 0) return entries.flatMap((entry) => knownCas(entry, false, skipped));
  return (await below("cn=CAcert")).flatMap((entry) => knownCas(entry, true, skipped));
}

function knownCas(entry: LdapEntry, isOldPlace: boolean, skipped: (why: string) => void): KnownCa[] {
  const [keyTrust] = textsOf(entry, "ipaKeyTrust").map((text) => text.toLowerCase());
  const isIpaCa =
    isOldPlace || textsOf(entry, "ipaConfigString").some((text) => text.toLowerCase() === "ipaca");
  const trust =
    isOldPlace || keyTrust === "trusted" ? "trusted" : keyTrust === "distrusted" ? keyTrust : "unknown";
  return (entry.attributes.get("cacertificate;binary") ?? []).flatMap((der) => {
    try {
      return [{ certificate: readCertificate(der), trust, isIpaCa }];
    } catch (error) {
      skipped(`${entry.dn} holds no certificate: ${error instanceof Error ? error.message : error}`);
      return [];
    }
  });
}

/**
 * The answer to FETCH-ROOTS.
 *
 * Trusted self-signed certificates are roots; intermediates, and those of which IPA does not know whether to trust
 * them, are others. A distrusted one is left out, because certmonger writes the others into CA files too; so is an
 * expired one, because certmonger asks again after half of the shortest time that is left, hence every five minutes.
 *
 * Nicknames are those of certmonger's own helper, `REALM IPA CA`, with a number from the second on: an NSS database
 * takes a nickname once. IPA's own CA comes first, and the order is the same in every answer.
 */
export function rootsOf(cas: readonly KnownCa[], { realm, now }: { realm: string; now: Date }): Roots {
  const usable = cas
    .filter(({ certificate, trust }) => trust !== "distrusted" && certificate.notAfter > now)
    .sort(
      (a, b) => Number(b.isIpaCa) - Number(a.isIpaCa) || Buffer.compare(a.certificate.der, b.certificate.der),
    )
    .filter(
      ({ certificate }, at, all) =>
        all.findIndex((other) => Buffer.compare(other.certificate.der, certificate.der) === 0) === at,
    );
  const isRoot = ({ certificate, trust }: KnownCa) =>
    trust === "trusted" && verifyCertificate(certificate, certificate);
  const inOrder = [...usable.filter(isRoot), ...usable.filter((ca) => !isRoot(ca))];
  const named = inOrder.map(
    ({ certificate }, at): NamedCertificate => ({
      nickname: at === 0 ? `${realm} IPA CA` : `${realm} IPA CA ${at + 1}`,
      certificate: certificateToPem(certificate),
    }),
  );
  const count = usable.filter(isRoot).length;
  return { roots: named.slice(0, count), otherRoots: [], others: named.slice(count) };
}
