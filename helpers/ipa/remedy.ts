import type { IpaError } from "./ipa-error.ts";
import { isNotForwardable } from "./login.ts";
import { errorCodes } from "./outcomes.ts";
import type { Wanted } from "./settings.ts";

/** What a refused request was about, for advice that can be typed. */
export interface Subject extends Wanted {
  /** This machine, as the server knows it: `client.example.test`. */
  readonly caller?: string;
}

/**
 * What to do about a refusal: the commands of an IPA administrator, where the server's text says what is missing.
 *
 * Each refusal was brought about on FreeIPA 4.9.11, mended by the command given here, and then issued. The text that
 * is looked at is `data.info`, which stays English; the status of the reply never depends on it.
 */
export function remedyFor(error: IpaError, subject: Subject): string {
  for (const advise of advisers) {
    const advice = advise(error, subject);
    if (advice !== undefined) return advice;
  }
  return errorCodes[error.code]?.remedy ?? "see the server's log";
}

type Adviser = (error: IpaError, subject: Subject) => string | undefined;

const when =
  (code: number, pattern: RegExp, advice: (match: RegExpExecArray, subject: Subject) => string): Adviser =>
  (error, subject) => {
    const match = error.code === code ? pattern.exec(error.info) : null;
    return match === null ? undefined : advice(match, subject);
  };

const advisers: readonly Adviser[] = [
  (error) => (isNotForwardable(error) ? "the ticket is not forwardable: get one with kinit -f" : undefined),
  when(2100, /not permitted to use CA '([^']*)' with profile '([^']*)'/, ([, ca = "", profile = ""], s) => {
    return `the profile does not exist, or no CA ACL allows it: ${addToAcl(ca, profile, s.principal)}`;
  }),
  when(
    2100,
    /'write' privilege to the 'userCertificate' attribute of entry '([^'=]*)=([^',]*)/,
    (match, s) =>
      match[1] === "fqdn" ? manageHost(match[2] ?? "", s) : manageService(match[2] ?? s.principal, s),
  ),
  when(2100, /'add' privilege to add the entry/, (_, s) => addService(s.principal, s)),
  when(2100, /certificate with subject alt name '([^']*)'/, ([, name = ""], s) =>
    serviceOf(s.principal) === "host"
      ? manageHost(name, s)
      : manageService(`${serviceOf(s.principal)}/${name}`, s),
  ),
  when(
    2100,
    /Subject alt name type (\S+) is forbidden/,
    ([, type]) => `IPA never issues names of type ${type}: leave it out of the request`,
  ),
  when(
    2100,
    /operation: request certificate/,
    (_, s) =>
      `give the user the right: ipa role-add-privilege ROLE --privileges='Certificate Administrators', or ask as ${s.principal}`,
  ),
  when(
    3009,
    /hostname in subject of request '([^']*)' does not match/,
    ([, name = ""], s) => `ask for another common name, or make it an alias: ${addAlias(name, s)}`,
  ),
  when(
    3009,
    /IP address in subjectAltName \(([^)]*)\)/,
    () => "leave the address out of the request, or give it A and PTR records in IPA's DNS",
  ),
  when(
    3009,
    /RFC822Name is forbidden/,
    () => "leave the e-mail address out of the request: only users have them",
  ),
  when(
    4001,
    /^(.*): Certificate Authority not found$/,
    ([, name = ""]) =>
      `check the issuer (getcert -X): ipa ca-find; a new one is made by ipa ca-add ${shell(name)} --subject=DN`,
  ),
  when(4001, /The host '([^']*)' does not exist to add a service to/, ([, host = ""], s) =>
    addHostAndService(host, s),
  ),
  when(
    4001,
    /subject alt name (\S+) in certificate request does not exist/,
    ([, name = ""], s) => `make it an alias: ${addAlias(name, s)}`,
  ),
  when(4001, /principal for this request/, (_, s) => addPrincipal(s)),
  when(
    4034,
    /not supported for host principals/,
    (_, s) =>
      `ipa host-add ${shell(hostOf(s.principal))} --force, then ${manageHost(hostOf(s.principal), s)}`,
  ),
  when(4301, /CA '([^']*)' is disabled/, ([, name = ""]) => `ipa ca-enable ${shell(name)}`),
  when(
    4301,
    /Key (?:Parameters|Type) \S+ Not Matched/,
    () =>
      "make a key that the profile allows (RSA with 2048 bits suits the default one), or change the profile's keyType and keyParameters with ipa certprofile-mod",
  ),
  when(4301, /Certificate Signing Request/, () => "the CSR is damaged"),
  when(
    4301,
    /(?:^|: )None$/,
    () =>
      "the profile waits for a person to agree, which IPA can not wait for: use another profile; each try leaves one more request in the CA's queue",
  ),
];

/** Puts a profile, a principal and, where it is not the usual one, a CA into a CA ACL. */
export function addToAcl(ca: string, profile: string, principal: string): string {
  const add = `ipa caacl-add-profile ACL --certprofiles=${shell(profile)}`;
  const service = serviceOf(principal);
  const name = shell(service === "host" ? hostOf(principal) : withoutRealm(principal));
  const member =
    service === ""
      ? `ipa caacl-add-user ACL --users=${name}`
      : service === "host"
        ? `ipa caacl-add-host ACL --hosts=${name}`
        : `ipa caacl-add-service ACL --services=${name}`;
  // An ACL that names no CA is for `ipa`, and no more when it names another (seen on 4.9.11).
  const authority =
    ca === "ipa" ? "" : `, ipa caacl-add-ca ACL --cas=${shell(ca)} (with --cas=ipa where it names none yet)`;
  return `${add}, ${member}${authority}`;
}

function manageHost(host: string, { caller }: Subject): string {
  return `ipa host-add-managedby ${shell(host)} --hosts=${shell(caller ?? "THIS-HOST")}`;
}

function manageService(principal: string, { caller }: Subject): string {
  return `ipa service-add-host ${shell(withoutRealm(principal))} --hosts=${shell(caller ?? "THIS-HOST")}`;
}

function addService(principal: string, subject: Subject): string {
  const name = withoutRealm(principal);
  return `ipa service-add ${shell(name)} --force, then ${manageService(principal, subject)}`;
}

/** A service whose host is not there either. */
export function addHostAndService(host: string, subject: Subject): string {
  return `ipa host-add ${shell(host)} --force, then ${addService(subject.principal, subject)}`;
}

function addPrincipal(subject: Subject): string {
  const { principal } = subject;
  switch (serviceOf(principal)) {
    case "":
      return `check the name of the user: ipa user-find ${shell(withoutRealm(principal))}`;
    case "host":
      return `ipa host-add ${shell(hostOf(principal))} --force, then ${manageHost(hostOf(principal), subject)}`;
    default:
      return addService(principal, subject);
  }
}

function addAlias(name: string, { principal }: Subject): string {
  const service = serviceOf(principal);
  const alias = shell(`${service}/${name}`);
  return service === "host"
    ? `ipa host-add-principal ${shell(hostOf(principal))} ${alias}`
    : `ipa service-add-principal ${shell(withoutRealm(principal))} ${alias}`;
}

/** `HTTP` of `HTTP/www.example.test@EXAMPLE.TEST`; empty for a user. */
export function serviceOf(principal: string): string {
  return /^([^/@]*)\//.exec(principal)?.[1] ?? "";
}

/** `www.example.test` of `HTTP/www.example.test@EXAMPLE.TEST` */
export function hostOf(principal: string): string {
  return /^[^/@]*\/([^/@]*)/.exec(principal)?.[1] ?? withoutRealm(principal);
}

export function withoutRealm(principal: string): string {
  return principal.replace(/@[^@]*$/, "");
}

/** In quotes where a shell would read something else: the advice is there to be typed. */
export function shell(word: string): string {
  return /^[A-Za-z0-9._/@:+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}
