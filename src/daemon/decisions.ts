import { addDuration } from "./duration.ts";
import { merge, type RequestRecord } from "./fields.ts";
import { isNoteworthy, monitorDelay } from "./renewal.ts";
import type { RequestState } from "./states.ts";
import { missingTemplateValues } from "./template.ts";

/** What the machine must know beside the record. */
export interface Situation {
  readonly now: Date;
  readonly notifyTtls: readonly number[];
  readonly enrollTtls: readonly number[];
  readonly maxKeyUseCount?: number;
  /** A duration: `1y`. */
  readonly maxKeyLifetime?: string;
  readonly defaultCa?: string;
  readonly cas: readonly {
    readonly id: string;
    readonly issuerNames: readonly string[];
    readonly isDefault: boolean;
  }[];
  readonly hasPreSave: boolean;
  readonly hasPostSave: boolean;
  /** There are CA certificates, and a place where they are wanted. */
  readonly hasCaCertificatesToSave: boolean;
  /** The CA has said which certificate SCEP messages are to be encrypted to. */
  readonly hasScepCertificate: boolean;
}

/** What is to become of a request; without a state it waits in the one that it is in. */
export type Decision =
  | { readonly record: RequestRecord; readonly to: RequestState }
  | { readonly record: RequestRecord; readonly waitSeconds: number };

/**
 * What to do for a request that is new, by what was found at its places.
 *
 * @see certmonger 0.79.21 src/iterate.c, cm_iterate_entry, CM_NEWLY_ADDED_DECIDING
 */
export function decideNew(given: RequestRecord, situation: Situation): Decision {
  const record = merge(given, { ca_name: given.ca_name ?? chooseCa(given, situation) });
  if (record.cert !== undefined) {
    const to = situation.hasCaCertificatesToSave ? "NEED_TO_SAVE_ONLY_CA_CERTS" : "MONITORING";
    return { record: merge(record, missingTemplateValues(record)), to };
  }
  if (record.key_pubkey_info !== undefined) return { record, to: "NEED_CSR" };
  const hasPlace = record.key_storage_type !== undefined && record.key_storage_type !== "NONE";
  return { record, to: hasPlace ? "NEED_KEY_PAIR" : "NEED_GUIDANCE" };
}

/** The CA that is known to issue under the certificate's issuer's name; else the default one. */
function chooseCa(record: RequestRecord, { cas, defaultCa }: Situation): string | undefined {
  const issuer = record.cert_issuer;
  const issuing =
    issuer === undefined ? undefined : cas.find(({ issuerNames }) => issuerNames.includes(issuer));
  return issuing?.id ?? cas.find(({ isDefault }) => isDefault)?.id ?? defaultCa;
}

/** What to do for a certificate that is there: tell of its end, renew it, or look again later. */
export function decideMonitored(record: RequestRecord, situation: Situation): Decision {
  const { now, notifyTtls } = situation;
  const validity = { notBefore: record.cert_not_before, notAfter: record.cert_not_after };
  if (record.monitor && isNoteworthy(validity, notifyTtls, record.last_need_notify_check, now)) {
    return { record: merge(record, { last_need_notify_check: now }), to: "NEED_TO_NOTIFY_VALIDITY" };
  }
  return decideRenewal(record, situation);
}

/** The second half of it, all that is done once its end is told: of a certificate that is over there is always to tell. */
export function decideRenewal(record: RequestRecord, situation: Situation): Decision {
  const { now, notifyTtls, enrollTtls } = situation;
  const validity = { notBefore: record.cert_not_before, notAfter: record.cert_not_after };
  if (record.autorenew && isNoteworthy(validity, enrollTtls, record.last_need_enroll_check, now)) {
    const to = isKeyUsedUp(record, situation) ? "NEED_KEY_PAIR" : "NEED_CSR";
    return { record: merge(record, { last_need_enroll_check: now }), to };
  }
  const ttls = [...(record.monitor ? notifyTtls : []), ...(record.autorenew ? enrollTtls : [])];
  return { record, waitSeconds: monitorDelay(record.cert_not_after, ttls, now) };
}

function isKeyUsedUp(record: RequestRecord, { maxKeyUseCount, maxKeyLifetime, now }: Situation): boolean {
  const uses = record.key_issued_count ?? 0;
  if (maxKeyUseCount !== undefined && uses >= maxKeyUseCount) return true;
  const since = record.key_generated_date;
  if (maxKeyLifetime === undefined || since === undefined || since.getTime() <= 0) return false;
  const end = addDuration(since, maxKeyLifetime);
  return end !== undefined && end <= now;
}

/** Where a helper that asks for SCEP messages leads: they are not made here. */
export function decideScep(record: RequestRecord, { hasScepCertificate }: Situation): Decision {
  if (!hasScepCertificate) return { record, to: "NEED_SCEP_ENCRYPTION_CERT" };
  if (record.key_type !== "RSA") return { record, to: "NEED_SCEP_RSA_CLIENT_KEY" };
  const reason = "the helper asks for SCEP messages, and this daemon makes none";
  return { record: merge(record, { ca_error: reason }), to: "NEED_GUIDANCE" };
}
