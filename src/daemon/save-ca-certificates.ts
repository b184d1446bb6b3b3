import { readIfPresent } from "../files/read-if-present.ts";
import {
  caFileContent,
  caPlacesOfCa,
  caPlacesOfRequest,
  type PlaceKind,
  wantedAt,
} from "./ca-certificates.ts";
import type { CaRecord, RequestRecord } from "./fields.ts";
import type { Household } from "./household.ts";
import { storageQueue } from "./queue.ts";
import { writeFileWithAccess } from "./storage/file-access.ts";
import { saveCaCertificatesToDatabase } from "./storage/nss-certificate.ts";
import { pinOf } from "./storage/pin.ts";

/** The files and databases that hold a CA's certificates for this request or any other of the CA. */
export function caPlaces(
  household: Household,
  ca: CaRecord | undefined,
  request: RequestRecord | undefined,
): { readonly kind: PlaceKind; readonly place: string }[] {
  const users = household
    .requestRecords()
    .filter((record) => record.id === request?.id || (ca !== undefined && record.ca_name === ca.id));
  const own =
    request === undefined || users.some(({ id }) => id === request.id) ? users : [...users, request];
  return (["files", "dbs"] as const).flatMap((kind) => {
    const places = [
      ...(ca === undefined ? [] : caPlacesOfCa(ca, kind)),
      ...own.flatMap((record) => caPlacesOfRequest(record, kind)),
    ];
    return [...new Set(places)].map((place) => ({ kind, place }));
  });
}

/**
 * Writes the CA certificates to where they are wanted. A file is left alone when there is nothing to put into it, or
 * when nothing has changed.
 *
 * @throws {StorageError}
 */
export async function saveCaCertificates(
  household: Household,
  ca: CaRecord | undefined,
  request: RequestRecord | undefined,
): Promise<void> {
  const { settings, queues } = household;
  for (const { kind, place } of caPlaces(household, ca, request)) {
    await queues.run([storageQueue(place)], async () => {
      const wanted = wantedAt(place, kind, household.requestRecords(), household.caRecords());
      if (kind === "dbs") {
        const sharer = household.requestRecords().find((record) => record.key_storage_location === place);
        const pin = sharer === undefined ? undefined : await pinOf(sharer);
        await saveCaCertificatesToDatabase(place, wanted, pin, settings.configuration);
        return;
      }
      const content = caFileContent(wanted);
      const present = (await readIfPresent(place).catch(() => undefined))?.toString("latin1");
      if (content === "" || content === present) return;
      await writeFileWithAccess(place, content, {}, (problem) => settings.log(0, problem));
      settings.log(0, `Wrote to ${place}`);
    });
  }
}
