import { existsSync } from "node:fs";
import { HelperFailure } from "../../protocol/index.ts";
import { certificateToPem } from "../../src/x509/certificate.ts";
import { X509Error } from "../../src/x509/error.ts";
import { privateKeyToPem } from "../../src/x509/keys.ts";
import { readKeyFile } from "./key-file.ts";

/**
 * The CA of certmonger's `local-submit`, as the content of a first generation; `undefined` when there is none.
 *
 * Its file `creds` is a PKCS#12 store with an empty password, which holds the key, its certificate and the
 * roots of before (measured on certmonger 0.79.17). It is only read.
 *
 * @throws {HelperFailure} for a store that is open to others or can not be understood
 * @throws {FileError}
 */
export async function readLocalSubmitAuthority(
  path: string,
): Promise<{ privateKeyPem: string; certificatePems: readonly string[] } | undefined> {
  if (!existsSync(path)) return undefined;
  const store = readKeyFile(path);
  if (store.length === 0)
    throw new HelperFailure(
      "unreachable",
      `${path} is empty: local-submit is writing it, or was killed doing so; if it stays so, remove it`,
    );
  try {
    const { readPkcs12 } = await import("../../src/x509/pkcs12.ts");
    const { privateKey, certificates } = await readPkcs12(store, "");
    const [own, ...others] = certificates;
    if (own === undefined) throw new X509Error("not-pkcs12", "it holds no certificate");
    const earlier = others.sort((one, other) => one.notBefore.getTime() - other.notBefore.getTime());
    return {
      privateKeyPem: privateKeyToPem(privateKey),
      certificatePems: [own, ...earlier].map(certificateToPem),
    };
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
    throw new HelperFailure(
      "unconfigured",
      `the CA of local-submit in ${path} can not be taken over: ${error.message}; ` +
        "repair it, or move it away to begin with a new CA",
      { cause: error },
    );
  }
}
