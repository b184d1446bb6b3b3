import type { NamedCertificate } from "../../protocol/index.ts";
import type { CaRecord, RequestRecord } from "./fields.ts";

/** All CA certificates that are wanted in one file or database. */
export interface WantedCertificates {
  readonly roots: readonly NamedCertificate[];
  readonly otherRoots: readonly NamedCertificate[];
  readonly others: readonly NamedCertificate[];
}

export type PlaceKind = "files" | "dbs";

/** The files and databases for CA certificates that a request names. */
export function caPlacesOfRequest(record: RequestRecord, kind: PlaceKind): string[] {
  return unique(
    kind === "files"
      ? [record.root_cert_files, record.other_root_cert_files, record.other_cert_files]
      : [record.root_cert_dbs, record.other_root_cert_dbs, record.other_cert_dbs],
  );
}

/** The same of a CA. */
export function caPlacesOfCa(record: CaRecord, kind: PlaceKind): string[] {
  return unique(
    kind === "files"
      ? [record.ca_root_cert_files, record.ca_other_root_cert_files, record.ca_other_cert_files]
      : [record.ca_root_cert_dbs, record.ca_other_root_cert_dbs, record.ca_other_cert_dbs],
  );
}

const unique = (lists: readonly (readonly string[] | undefined)[]): string[] => [
  ...new Set(lists.flatMap((list) => list ?? [])),
];

/**
 * What belongs into one file or database: what any CA wants there, then what any request wants there of its CA, and
 * its own roots and chain. Each certificate comes once.
 *
 * @see certmonger 0.79.21 src/casave.c
 */
export function wantedAt(
  place: string,
  kind: PlaceKind,
  requests: readonly RequestRecord[],
  cas: readonly CaRecord[],
): WantedCertificates {
  const roots: NamedCertificate[] = [];
  const otherRoots: NamedCertificate[] = [];
  const others: NamedCertificate[] = [];
  const isAt = (places: readonly string[] | undefined): boolean => places?.includes(place) ?? false;
  for (const ca of cas) {
    const isFile = kind === "files";
    if (isAt(isFile ? ca.ca_root_cert_files : ca.ca_root_cert_dbs)) roots.push(...(ca.ca_root_certs ?? []));
    if (isAt(isFile ? ca.ca_other_root_cert_files : ca.ca_other_root_cert_dbs)) {
      otherRoots.push(...(ca.ca_other_root_certs ?? []));
    }
    if (isAt(isFile ? ca.ca_other_cert_files : ca.ca_other_cert_dbs))
      others.push(...(ca.ca_other_certs ?? []));
  }
  for (const request of requests) {
    const ca = cas.find(({ id }) => id === request.ca_name);
    const isFile = kind === "files";
    if (isAt(isFile ? request.root_cert_files : request.root_cert_dbs)) {
      roots.push(...(ca?.ca_root_certs ?? []), ...(request.cert_roots ?? []));
    }
    if (isAt(isFile ? request.other_root_cert_files : request.other_root_cert_dbs)) {
      otherRoots.push(...(ca?.ca_other_root_certs ?? []));
    }
    if (isAt(isFile ? request.other_cert_files : request.other_cert_dbs)) {
      others.push(...(ca?.ca_other_certs ?? []), ...(request.cert_chain ?? []));
    }
  }
  return withoutDoubles({ roots, otherRoots, others });
}

function withoutDoubles({ roots, otherRoots, others }: WantedCertificates): WantedCertificates {
  const seen = new Set<string>();
  const fresh = (list: readonly NamedCertificate[]): NamedCertificate[] =>
    list.filter(({ certificate }) => seen.size !== seen.add(certificate.trim()).size);
  return { roots: fresh(roots), otherRoots: fresh(otherRoots), others: fresh(others) };
}

/** The content of a file of CA certificates; empty when there is none. */
export function caFileContent({ roots, otherRoots, others }: WantedCertificates): string {
  return [...roots, ...otherRoots, ...others].map(({ certificate }) => `${certificate.trim()}\n`).join("");
}
