/**
 * The error codes that an administrator meets, and what to do about each.
 *
 * A `krb5_error_code` is the number below plus the base of libkrb5's error table. Numbers and meaning: MIT krb5's
 * table `krb5` (RFC 4120 section 7.5.9 for those below 128); which situation gives which code was measured on
 * MIT krb5 1.20.1.
 */
const tableBase = -1765328384;

interface Code {
  readonly name: string;
  readonly remedy: string;
}

const codes: Readonly<Record<number, Code>> = {
  1: { name: "KRB5KDC_ERR_NAME_EXP", remedy: "the principal has expired: extend it on the server" },
  6: {
    name: "KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN",
    remedy: "the host or service was deleted or never made: enroll it again, or name another principal",
  },
  7: {
    name: "KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN",
    remedy: "the KDC knows no service of that name: use the server's own name, not an alias or an address",
  },
  12: { name: "KRB5KDC_ERR_POLICY", remedy: "a policy of the realm forbids it: ask who runs the KDC" },
  14: {
    name: "KRB5KDC_ERR_ETYPE_NOSUPP",
    remedy: "the keytab and the KDC share no encryption type: fetch a new keytab",
  },
  18: {
    name: "KRB5KDC_ERR_CLIENT_REVOKED",
    remedy: "the principal is locked or disabled: enable it on the server",
  },
  23: { name: "KRB5KDC_ERR_KEY_EXP", remedy: "the key has expired: fetch a new keytab" },
  24: {
    name: "KRB5KDC_ERR_PREAUTH_FAILED",
    remedy: "the key in the keytab is not the current one: fetch a new keytab with ipa-getkeytab",
  },
  29: {
    name: "KRB5KDC_ERR_SVC_UNAVAILABLE",
    remedy: "a part of the server is down: look at its KDC and its directory",
  },
  31: {
    name: "KRB5KRB_AP_ERR_BAD_INTEGRITY",
    remedy: "the two sides have different keys, or somebody changed the message: check the server's keytab",
  },
  32: { name: "KRB5KRB_AP_ERR_TKT_EXPIRED", remedy: "get a new ticket with kinit" },
  37: { name: "KRB5KRB_AP_ERR_SKEW", remedy: "set this machine's clock, or the server's" },
  60: {
    name: "KRB5KRB_ERR_GENERIC",
    remedy: "the KDC itself is in trouble, often because its directory server is down: see its log",
  },
  134: {
    name: "KRB5_PARSE_MALFORMED",
    remedy: "write the principal as service/host.name or service/host.name@REALM",
  },
  136: {
    name: "KRB5_CONFIG_BADFORMAT",
    remedy: "correct the syntax of krb5.conf and of the files that it includes",
  },
  139: { name: "KRB5_CC_BADNAME", remedy: "correct the name of the ccache in KRB5CCNAME or krb5.conf" },
  140: { name: "KRB5_CC_UNKNOWN_TYPE", remedy: "correct the type of the ccache in KRB5CCNAME or krb5.conf" },
  143: { name: "KRB5_CC_NOTFOUND", remedy: "get a ticket with kinit" },
  154: {
    name: "KRB5_REALM_UNKNOWN",
    remedy: "name a KDC of the realm in krb5.conf, or publish its _kerberos records in DNS",
  },
  156: {
    name: "KRB5_KDC_UNREACH",
    remedy:
      "check that a KDC of the realm runs, that krb5.conf or DNS has its name, and the way to its port 88",
  },
  179: { name: "KRB5_KT_BADNAME", remedy: "write the keytab as a path" },
  180: { name: "KRB5_KT_UNKNOWN_TYPE", remedy: "write the keytab as a path, or as FILE: and a path" },
  181: {
    name: "KRB5_KT_NOTFOUND",
    remedy: "klist -k shows what the keytab holds; upper and lower case must agree",
  },
  195: { name: "KRB5_FCC_NOFILE", remedy: "get a ticket with kinit, or use a keytab" },
  210: {
    name: "KRB5_PREAUTH_FAILED",
    remedy: "check that the keytab is there, can be read and holds a key of this principal",
  },
  216: { name: "KRB5_ERR_BAD_HOSTNAME", remedy: "name the principal, or correct this machine's name in DNS" },
  217: {
    name: "KRB5_ERR_HOST_REALM_UNKNOWN",
    remedy: "set default_realm or domain_realm in krb5.conf",
  },
  220: {
    name: "KRB5_REALM_CANT_RESOLVE",
    remedy: "check the names of the KDCs in krb5.conf, and this machine's DNS",
  },
  224: { name: "KRB5_CONFIG_NODEFREALM", remedy: "set default_realm in krb5.conf" },
  235: { name: "KRB5_KT_FORMAT", remedy: "the file is no keytab, or a damaged one: fetch a new one" },
};

const codeOf = (code: number): Code | undefined => codes[code - tableBase];

/** The name of a code in libkrb5's header; `undefined` for one that is not in the table. */
export function codeName(code: number): string | undefined {
  return codeOf(code)?.name;
}

/** What an administrator can do about a code; `undefined` when we have no advice. */
export function remedyOf(code: number): string | undefined {
  return codeOf(code)?.remedy;
}

export const KrbCode = {
  serviceUnavailable: tableBase + 29,
  kdcInTrouble: tableBase + 60,
  kdcUnreachable: tableBase + 156,
  realmCanNotBeResolved: tableBase + 220,
} as const;
