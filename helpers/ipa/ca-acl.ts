import { memberOf, textsOf } from "./json.ts";

/** Who wants a certificate from which CA by which profile. */
export interface AclQuestion {
  readonly ca: string;
  readonly profile: string;
  readonly kind: "host" | "service" | "user";
  /** `client.example.test`, `HTTP/client.example.test`, `alice` */
  readonly name: string;
  /** The groups that it is in, host groups or user groups. */
  readonly groups: readonly string[];
}

/**
 * Whether a CA ACL allows it, as the server decides: an ACL that is enabled must fit in all three respects. Host groups
 * do not count for services, and an ACL that names no CA is for the CA `ipa`.
 *
 * @param acl an entry of `caacl_find` with `no_members: false`
 * @see FreeIPA 4.9 to 4.13, ipaserver/plugins/caacl.py (read; agrees with what was seen on 4.9.11)
 */
export function allows(acl: unknown, question: AclQuestion): boolean {
  const enabled = memberOf(acl, "ipaenabledflag");
  const isEnabled = [enabled].flat().some((value) => value === true || value === "TRUE" || value === "true");
  return (
    isEnabled &&
    fitsCa(acl, question.ca) &&
    fitsProfile(acl, question.profile) &&
    fitsPrincipal(acl, question)
  );
}

const isAll = (acl: unknown, category: string) => textsOf(memberOf(acl, category)).includes("all");
const has = (acl: unknown, attribute: string, name: string) =>
  textsOf(memberOf(acl, attribute)).some((one) => one.toLowerCase() === name.toLowerCase());

function fitsCa(acl: unknown, ca: string): boolean {
  const namesNone = textsOf(memberOf(acl, "ipamemberca_ca")).length === 0;
  return isAll(acl, "ipacacategory") || has(acl, "ipamemberca_ca", ca) || (namesNone && ca === "ipa");
}

function fitsProfile(acl: unknown, profile: string): boolean {
  return isAll(acl, "ipacertprofilecategory") || has(acl, "ipamembercertprofile_certprofile", profile);
}

function fitsPrincipal(acl: unknown, { kind, name, groups }: AclQuestion): boolean {
  switch (kind) {
    case "host":
      return (
        isAll(acl, "hostcategory") ||
        has(acl, "memberhost_host", name) ||
        groups.some((group) => has(acl, "memberhost_hostgroup", group))
      );
    case "service":
      return (
        isAll(acl, "servicecategory") ||
        // The server lists services with their realm.
        has(acl, "memberservice_service", name) ||
        textsOf(memberOf(acl, "memberservice_service")).some((one) => one.replace(/@.*/, "") === name)
      );
    case "user":
      return (
        isAll(acl, "usercategory") ||
        has(acl, "memberuser_user", name) ||
        groups.some((group) => has(acl, "memberuser_group", group))
      );
  }
}
