import { createHmac, createPrivateKey, type KeyObject, timingSafeEqual } from "node:crypto";
import { type Certificate, readCertificate } from "./certificate.ts";
import { reading, X509Error } from "./error.ts";
import { spkiDer } from "./keys.ts";
import { type Bag, type Pfx, readBags, readPfx } from "./pkcs12-contents.ts";
import { derivePkcs12Key, purpose } from "./pkcs12-key.ts";
import { hashes } from "./signature-algorithms.ts";

/** A key and its certificates from a PKCS#12 file. */
export interface Pkcs12 {
  readonly privateKey: KeyObject;
  /** The certificate of the key first, the others in the order of the file. */
  readonly certificates: readonly Certificate[];
}

/**
 * Reads a PKCS#12 file such as the `creds` store of certmonger's `local-submit`, whose password is empty.
 *
 * Certificates come out octet for octet.
 *
 * @throws {X509Error} `not-pkcs12`, `bad-password`
 */
export async function readPkcs12(der: Uint8Array, password: string): Promise<Pkcs12> {
  // With RC2 in JavaScript, which nothing else wants.
  const { decryptWithPassword } = await import("./pkcs12-decrypt.ts");
  const pfx = reading("not-pkcs12", "PKCS#12", () => readPfx(der));
  // An empty password may have been hashed as no octets, or as the two of its end mark.
  const passwords = password === "" ? ["", null] : [password];
  const accepted = passwords.find((candidate) => hasMac(pfx, candidate));
  if (accepted === undefined)
    throw new X509Error("bad-password", "PKCS#12: wrong password, or a damaged file");
  return reading("not-pkcs12", "PKCS#12", () =>
    assemble(
      readBags(pfx.authenticatedSafe, (algorithm, encrypted) =>
        decryptWithPassword(algorithm, encrypted, accepted),
      ),
    ),
  );
}

/** Whether the MAC was made with this password; true for a file without one. */
function hasMac({ authenticatedSafe, mac }: Pfx, password: string | null): boolean {
  if (mac === undefined) return true;
  const { hash, salt, iterations } = mac;
  const octets = hashes[hash].length;
  const key = derivePkcs12Key({ hash, password, salt, iterations, purpose: purpose.mac, octets });
  const digest = createHmac(hash, key).update(authenticatedSafe).digest();
  return digest.length === mac.digest.length && timingSafeEqual(digest, mac.digest);
}

function assemble(bags: readonly Bag[]): Pkcs12 {
  const [key] = bags.filter(({ type }) => type === "key");
  if (key === undefined) throw new X509Error("not-pkcs12", "no private key in it");
  const privateKey = importKey(key.der);
  const keySpkiDer = spkiDer(privateKey);
  const certificates = bags
    .filter(({ type }) => type === "certificate")
    .map(({ der }) => readCertificate(der));
  const isOwn = (certificate: Certificate) => Buffer.compare(certificate.spkiDer, keySpkiDer) === 0;
  const own = certificates.filter(isOwn);
  if (own.length === 0) throw new X509Error("not-pkcs12", "no certificate for its private key");
  return { privateKey, certificates: [...own, ...certificates.filter((certificate) => !isOwn(certificate))] };
}

function importKey(der: Uint8Array): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
  } catch {
    throw new X509Error("not-key", "the private key is none");
  }
}
