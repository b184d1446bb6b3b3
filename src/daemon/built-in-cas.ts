import { existsSync } from "node:fs";
import { join } from "node:path";
import { version } from "../version.ts";
import type { CaRecord } from "./fields.ts";

/** Where distributions put certmonger's own helpers. */
const helperDirectories = ["/usr/libexec/certmonger", "/usr/lib/certmonger"];

const installed = [
  { id: "IPA", helper: "ipa-submit" },
  { id: "dogtag-ipa-renew-agent", helper: "dogtag-ipa-renew-agent-submit" },
  { id: "local", helper: "local-submit" },
];

/** The CA that signs each certificate with its own key. */
export const selfSignCa: CaRecord = {
  id: "SelfSign",
  ca_aka: `SelfSign (certmonger-helper ${version})`,
  ca_is_default: false,
  ca_type: "INTERNAL:SELF",
  ca_internal_serial: "01",
  ca_required_enroll_attributes: ["template-subject"],
  ca_required_renewal_attributes: ["template-subject"],
};

/**
 * The CAs that are always there: those that are missing are made at each start.
 *
 * @param hasInstalled with those of the helpers that certmonger has installed here
 * @see certmonger 0.79.21 src/store-files.c, cm_store_get_all_cas
 */
export function builtInCas(hasInstalled: boolean): CaRecord[] {
  const external = hasInstalled ? installed : [];
  return [
    selfSignCa,
    ...external.flatMap(({ id, helper }) => {
      const path = helperDirectories
        .map((directory) => join(directory, helper))
        .find((file) => existsSync(file));
      if (path === undefined) return [];
      return [{ id, ca_is_default: false, ca_type: "EXTERNAL", ca_external_helper: path }];
    }),
  ];
}
