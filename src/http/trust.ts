import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { splitPem } from "../../protocol/index.ts";
import { asNetworkError, NetworkError } from "./network-error.ts";

/** Whose signature under a server's certificate is believed. */
export interface Trust {
  /** PEM, each of them trusted by itself, self-signed or not, as curl does. */
  readonly certificates: readonly string[];
  /**
   * Whether the system's own list counts too. It is read only when the certificates above do not explain a
   * server's, because its 140 certificates take 10 ms and more to load (measured).
   */
  readonly withSystem: boolean;
}

/**
 * Reads whom to trust. Does not yield meanwhile: `node:fs/promises` with its threads costs a run 3 ms.
 *
 * @param directory certificates under the names that `openssl rehash` gives them (`5ed36f99.0`)
 * @throws {NetworkError} in phase `trust` when a file is missing, can not be read, or holds no certificate
 */
export async function readTrust({
  files = [],
  directory,
  withSystem = files.length === 0 && directory === undefined,
}: {
  files?: readonly string[];
  directory?: string;
  withSystem?: boolean;
}): Promise<Trust> {
  const named = directory === undefined ? [] : hashedFiles(directory);
  return { certificates: [...files, ...named].map(readCertificates), withSystem };
}

function readCertificates(path: string): string {
  const text = orTrustError(path, () => readFileSync(path, "utf8"));
  if (!splitPem(text).some(({ label }) => /^(X509 |TRUSTED )?CERTIFICATE$/.test(label))) {
    throw new NetworkError("trust", path, "ERR_NO_CERTIFICATE", "it holds no PEM certificate");
  }
  return text;
}

/** The files that OpenSSL would find in a directory; others in it do not count. */
function hashedFiles(directory: string): string[] {
  const names = orTrustError(directory, () => readdirSync(directory));
  return names.filter((name) => /^[0-9a-f]{8}\.\d+$/.test(name)).map((name) => join(directory, name));
}

function orTrustError<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw asNetworkError(error, "trust", path);
  }
}

/** Where Debian, Fedora, SUSE and Alpine keep the list of the CAs that the system trusts. */
const systemBundles = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** The system's list; empty when there is none: Node's own is older than the machine's, and nobody here chose it. */
export async function readSystemTrust(bundles: readonly string[] = systemBundles): Promise<string[]> {
  for (const path of bundles) {
    try {
      return [readFileSync(path, "utf8")];
    } catch {}
  }
  return [];
}
