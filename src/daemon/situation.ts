import { caPlacesOfRequest } from "./ca-certificates.ts";
import type { Situation } from "./decisions.ts";
import type { RequestRecord } from "./fields.ts";
import type { Household } from "./household.ts";
import { hooksFor } from "./work.ts";

/** What the machine must know beside a request's record; what costs something is worked out only when it is asked for. */
export function situationOf(record: RequestRecord, household: Household): Situation {
  const { clock, configuration } = household.settings;
  const { notifyTtls, enrollTtls, maxKeyUseCount, maxKeyLifetime, defaultCa } = configuration;
  return {
    now: clock.now(),
    notifyTtls,
    enrollTtls,
    ...(maxKeyUseCount !== undefined && { maxKeyUseCount }),
    ...(maxKeyLifetime !== undefined && { maxKeyLifetime }),
    ...(defaultCa !== undefined && { defaultCa }),
    get cas() {
      return household.caRecords().map(({ id, ca_issuer_names = [], ca_is_default = false }) => ({
        id,
        issuerNames: ca_issuer_names,
        isDefault: ca_is_default,
      }));
    },
    get hasPreSave() {
      return hooksFor("pre", record, household).length > 0;
    },
    get hasPostSave() {
      return hooksFor("post", record, household).length > 0;
    },
    get hasCaCertificatesToSave() {
      const ca = household.findCaRecord(record.ca_name);
      const places = [...caPlacesOfRequest(record, "files"), ...caPlacesOfRequest(record, "dbs")];
      const certificates = [ca?.ca_root_certs, ca?.ca_other_root_certs, ca?.ca_other_certs];
      return places.length > 0 && certificates.some(Boolean);
    },
    get hasScepCertificate() {
      return Boolean(household.findCaRecord(record.ca_name)?.ca_encryption_cert);
    },
  };
}
