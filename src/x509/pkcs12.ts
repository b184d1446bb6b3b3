import { createHmac, createPrivateKey, type KeyObject, timingSafeEqual } from "node:crypto";
import { Tag } from "./asn1.ts";
import { oidOf, partsOf } from "./asn1-read.ts";
import { type Certificate, readCertificate } from "./certificate.ts";
import { reading, X509Error } from "./error.ts";
import { spkiDer } from "./keys.ts";
import { type Bag, type Decrypt, type Mac, type Pfx, readBags, readPfx } from "./pkcs12-contents.ts";
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
 * Decryption is node-forge's, for the old ciphers that OpenSSL has put away (RC2); it is loaded here, on
 * first use. Certificates come out octet for octet.
 *
 * @throws {X509Error} `not-pkcs12`, `bad-password`
 */
export async function readPkcs12(der: Uint8Array, password: string): Promise<Pkcs12> {
  const forge = await loadForge();
  const pfx = reading("not-pkcs12", "PKCS#12", () => readPfx(der));
  // An empty password may have been hashed as no octets, or as the two of its end mark.
  const passwords = password === "" ? ["", null] : [password];
  const accepted = passwords.find((candidate) => hasMac(forge, pfx, candidate));
  if (accepted === undefined)
    throw new X509Error("bad-password", "PKCS#12: wrong password, or a damaged file");
  const bags = reading("not-pkcs12", "PKCS#12", () =>
    readBags(pfx.authenticatedSafe, decryptor(forge, accepted)),
  );
  return reading("not-pkcs12", "PKCS#12", () => assemble(bags));
}

type Forge = Awaited<ReturnType<typeof loadForge>>;

async function loadForge() {
  const [asn1, pbe, util, md] = await Promise.all([
    import("node-forge/lib/asn1.js"),
    import("node-forge/lib/pbe.js"),
    import("node-forge/lib/util.js"),
    import("node-forge/lib/md.all.js"),
  ]);
  return { asn1: asn1.default, pbe: pbe.default, util: util.default, md: md.default };
}

/** Whether the MAC was made with this password; true for a file without one. */
function hasMac(forge: Forge, { authenticatedSafe, mac }: Pfx, password: string | null): boolean {
  if (mac === undefined) return true;
  const key = macKey(forge, mac, password);
  const digest = createHmac(mac.hash, key).update(authenticatedSafe).digest();
  return digest.length === mac.digest.length && timingSafeEqual(digest, mac.digest);
}

function macKey(forge: Forge, { hash, salt, iterations }: Mac, password: string | null): Uint8Array {
  const purposeMac = 3;
  const forgeHash = forge.md[hash];
  if (forgeHash === undefined)
    throw new X509Error("not-pkcs12", `PKCS#12: MAC with ${hash} is not supported`);
  const key = forge.pbe.generatePkcs12Key(
    password,
    forge.util.createBuffer(binary(salt)),
    purposeMac,
    iterations,
    hashes[hash].length,
    forgeHash.create(),
  );
  return Buffer.from(key.getBytes(), "latin1");
}

const decryptor =
  (forge: Forge, password: string | null): Decrypt =>
  (algorithm, encrypted) => {
    const [type, parameters] = partsOf(algorithm, Tag.sequence, "encryption");
    const typeOid = oidOf(type, "encryption");
    if (parameters === undefined)
      throw new X509Error("not-pkcs12", `encryption ${typeOid} without parameters`);
    try {
      const forgeParameters = forge.asn1.fromDer(binary(parameters.der));
      const cipher = forge.pbe.getCipher(typeOid, forgeParameters, passwordFor(typeOid, password));
      cipher.update(forge.util.createBuffer(binary(encrypted)));
      if (cipher.finish()) return Buffer.from(cipher.output.getBytes(), "latin1");
    } catch (error) {
      throw new X509Error("not-pkcs12", `encryption ${typeOid} is not supported`, { cause: error });
    }
    throw new X509Error("not-pkcs12", "it does not decrypt");
  };

const pbes2 = "1.2.840.113549.1.5.13";

/** PBES2 takes the octets of the password, the ciphers of PKCS#12 its UTF-16. */
const passwordFor = (encryption: string, password: string | null): string | null =>
  encryption === pbes2 ? binary(Buffer.from(password ?? "", "utf8")) : password;

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

/** forge's octets: one character each. */
const binary = (octets: Uint8Array): string => Buffer.from(octets).toString("latin1");
