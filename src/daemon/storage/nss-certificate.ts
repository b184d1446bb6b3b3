import type { WantedCertificates } from "../ca-certificates.ts";
import type { Configuration } from "../configuration.ts";
import { StorageError } from "./storage.ts";

export async function saveCaCertificatesToDatabase(
  directory: string,
  _wanted: WantedCertificates,
  _pin: string | undefined,
  _configuration: Configuration,
): Promise<void> {
  throw new StorageError("failed", `NSS databases are not supported yet: ${directory}`);
}
