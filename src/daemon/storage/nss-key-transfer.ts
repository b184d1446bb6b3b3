import { createPrivateKey, type KeyObject, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { encodeDer } from "../../x509/asn1.ts";
import { embedded, octetString, sequence } from "../../x509/asn1-make.ts";
import { createCertificate, randomSerial, readCertificate } from "../../x509/certificate.ts";
import { type KeyPair, spkiDer } from "../../x509/keys.ts";
import { encodeName, parseSubject } from "../../x509/names.ts";
import { readBags, readPfx } from "../../x509/pkcs12-contents.ts";
import { createPkcs12 } from "../../x509/pkcs12-make.ts";
import type { NssDatabase } from "./nss-database.ts";
import { StorageError } from "./storage.ts";

/** Puts a key into a database under a name. pk12util wants a certificate with it, which goes again. */
export async function takeIn(database: NssDatabase, pair: KeyPair, name: string): Promise<void> {
  const certificate = temporaryCertificate(pair);
  const { password, passwordFile } = await newPassword(database);
  const content = createPkcs12({ privateKey: pair.privateKey, certificate, friendlyName: name, password });
  await database.importPkcs12(await database.writeScratch("key.p12", content), passwordFile);
  await database.certutil("-D", "-n", name);
}

function temporaryCertificate({ publicKey, privateKey }: KeyPair) {
  const serial = randomSerial();
  const subjectDer = encodeName(parseSubject(`CN=${serial}`));
  const now = new Date();
  const names = { serial, subjectDer, issuerDer: subjectDer, notBefore: now, notAfter: now };
  const pem = createCertificate({
    ...names,
    spkiDer: spkiDer(publicKey),
    extensions: [],
    issuerKey: privateKey,
  });
  return readCertificate(pem);
}

async function newPassword(database: NssDatabase): Promise<{ password: string; passwordFile: string }> {
  const password = randomBytes(24).toString("base64url");
  return { password, passwordFile: await database.writeScratch("password", `${password}\n`) };
}

/**
 * Takes a private key out of the database, to sign with it: pk12util only exports keys with a certificate, so the key gets
 * one, in a copy of the database.
 */
export async function takeOut(database: NssDatabase, id: string): Promise<KeyObject> {
  const copy = await database.copy();
  const name = `certmonger-helper ${id}`;
  const words = ["-S", "-x", "-k", id, "-n", name, "-s", `CN=${id}`, "-t", ",,", "-m", "1"];
  await copy.certutil(...words, "-z", await database.noise());
  const { password, passwordFile } = await newPassword(database);
  const file = database.path("key.p12");
  await copy.exportPkcs12(name, file, passwordFile);
  return readExportedKey(await readFile(file), password);
}

/**
 * The key in a file that was written a moment ago under a password that nobody else knows: so its MAC, which pk12util makes
 * in 600 000 rounds, tells nothing. OpenSSL opens the key, which is encrypted in as many.
 */
function readExportedKey(pkcs12: Uint8Array, password: string): KeyObject {
  const bags = readBags(readPfx(pkcs12).authenticatedSafe, (algorithm, encrypted) => {
    if (algorithm === undefined)
      throw new StorageError("failed", "pk12util wrote a key that can not be read");
    const encryptedKey = encodeDer(sequence(embedded(algorithm.der), octetString(encrypted)));
    const key = createPrivateKey({
      key: Buffer.from(encryptedKey),
      format: "der",
      type: "pkcs8",
      passphrase: password,
    });
    return key.export({ type: "pkcs8", format: "der" });
  });
  const key = bags.find(({ type }) => type === "key");
  if (key === undefined) throw new StorageError("failed", "pk12util wrote no key");
  return createPrivateKey({ key: Buffer.from(key.der), format: "der", type: "pkcs8" });
}
