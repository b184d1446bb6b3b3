import { readFileSync } from "node:fs";
import type { CheckLine } from "../../src/sdk/helper.ts";
import { type Csr, readCsr } from "../../src/x509/csr.ts";
import { decodeSubjectAltNameExtension } from "../../src/x509/extensions.ts";
import type { SubjectAltName } from "../../src/x509/names.ts";
import { type Call, type CallOutcome, callTogether } from "./batch.ts";
import { allows } from "./ca-acl.ts";
import { judge } from "./failure.ts";
import { IpaError } from "./ipa-error.ts";
import { listOf, memberOf, textOf, textsOf } from "./json.ts";
import type { IpaServer } from "./json-rpc.ts";
import { deepProbe, shallowIsFine, shallowProbe } from "./probe.ts";
import { hostOf, remedyFor, type Subject, serviceOf, withoutRealm } from "./remedy.ts";

/** What is to be found out, and who asks. */
export interface CsrQuestion {
  readonly csrFile: string;
  readonly subject: Subject;
  readonly profile: string;
  readonly issuer: string;
  /** Whether a missing service would be made. */
  readonly add: boolean;
  /** Whether the CA itself is to look at a spoiled copy. */
  readonly isDeep: boolean;
}

const ok = (text: string): CheckLine => ({ outcome: "ok", text });
const warning = (text: string): CheckLine => ({ outcome: "warning", text });
const failed = (text: string): CheckLine => ({ outcome: "failed", text });

/**
 * Asks the server everything that it would check about a request, in one batch of reads, and lets it run its own checks
 * on a request that can not be issued. Changes nothing.
 */
export async function* checkCsr(server: IpaServer, question: CsrQuestion): AsyncGenerator<CheckLine> {
  const csr = readCsr(readFileSync(question.csrFile));
  const names = decodeSubjectAltNameExtension(csr.extensions) ?? [];
  const { principal } = question.subject;
  yield ok(`the request: ${principal}, profile ${question.profile}, CA ${question.issuer}`);

  const sanHosts = names.flatMap((name) => (name.type === "dns" ? [name.value] : []));
  const calls: Call[] = [
    show(principal),
    { method: "certprofile_show", args: [question.profile], options: { out: "x" } },
    { method: "ca_show", args: [question.issuer], options: {} },
    { method: "caacl_find", args: [], options: { no_members: false } },
    ...sanHosts.map((host) => show(principalFor(principal, host))),
  ];
  const [entry, profile, ca, acls, ...sanEntries] = await callTogether(server, calls);
  if (entry === undefined || profile === undefined || ca === undefined || acls === undefined) return;

  yield checkPrincipal(entry, question);
  const aliases = aliasesOf(entry, principal);
  yield checkCommonName(csr, aliases, question);
  for (const [at, host] of sanHosts.entries()) yield checkHost(host, sanEntries[at], aliases, question);
  yield* names.flatMap((name) => checkKind(name, principal));
  yield checkProfile(profile, question);
  yield await checkCa(server, ca, question);
  yield checkAcl(acls, entry, question);
  yield* dryRun(server, csr, question);
}

/** A host, a service or a user, with the rights that we have on it. */
function show(principal: string): Call {
  const options = { all: true, rights: true };
  const service = serviceOf(principal);
  if (service === "") return { method: "user_show", args: [withoutRealm(principal)], options };
  if (service === "host") return { method: "host_show", args: [hostOf(principal)], options };
  return { method: "service_show", args: [principal], options };
}

const principalFor = (principal: string, host: string) => `${serviceOf(principal) || "host"}/${host}`;
const advice = (error: IpaError, { subject }: CsrQuestion) =>
  `${error.code} ${error.title}: ${error.message}; ${remedyFor(error, subject)}`;

/** The right that the server tests before it stores a certificate. */
function canWrite(entry: unknown): boolean {
  return /w/.test(textOf(memberOf(memberOf(entry, "attributelevelrights"), "usercertificate")) ?? "");
}

function checkPrincipal(entry: CallOutcome, question: CsrQuestion): CheckLine {
  const { principal, caller } = question.subject;
  if ("result" in entry) {
    if (canWrite(entry.result)) return ok(`principal ${principal} is there, and may be written to`);
    const kind =
      serviceOf(principal) === "host" ? `fqdn=${hostOf(principal)}` : `krbprincipalname=${principal}`;
    const info = `Insufficient 'write' privilege to the 'userCertificate' attribute of entry '${kind},`;
    const remedy = remedyFor(new IpaError(2100, "ACIError", info), question.subject);
    return failed(`principal ${principal} is not managed by ${caller ?? "us"}: ${remedy}`);
  }
  const isOwnService = hostOf(principal) === caller && !["", "host"].includes(serviceOf(principal));
  if (entry.error.code === 4001 && isOwnService && question.add) {
    return ok(`service ${principal} is not there; the request will make it (or it is an alias)`);
  }
  const reason = new IpaError(4001, "NotFound", "The principal for this request doesn't exist.");
  return failed(`principal ${principal}: ${entry.error.message}; ${remedyFor(reason, question.subject)}`);
}

/** The host names under which an entry is known for this service, in small letters. */
function aliasesOf(entry: CallOutcome, principal: string): readonly string[] {
  const names = "result" in entry ? textsOf(memberOf(entry.result, "krbprincipalname")) : [];
  return [principal, ...names]
    .filter((name) => serviceOf(name) === serviceOf(principal))
    .map((name) => hostOf(name).toLowerCase());
}

function checkCommonName(csr: Csr, aliases: readonly string[], { subject }: CsrQuestion): CheckLine {
  const name = /(?:^|,)CN=([^,]+)/i.exec(csr.subject)?.[1];
  if (name === undefined) return failed("the CSR's subject has no common name: IPA wants one");
  const isUser = serviceOf(subject.principal) === "";
  const wanted = isUser ? [withoutRealm(subject.principal).toLowerCase()] : aliases;
  if (wanted.includes(name.toLowerCase())) return ok(`common name ${name} is a name of the principal`);
  const info = `hostname in subject of request '${name}' does not match`;
  return failed(`common name ${name}: ${remedyFor(new IpaError(3009, "ValidationError", info), subject)}`);
}

function checkHost(
  host: string,
  entry: CallOutcome | undefined,
  aliases: readonly string[],
  { subject }: CsrQuestion,
): CheckLine {
  if (aliases.includes(host.toLowerCase())) return ok(`DNS name ${host} is a name of the principal`);
  if (entry !== undefined && "result" in entry) {
    if (canWrite(entry.result)) return ok(`DNS name ${host} is one that may be written to`);
    const info = `Insufficient privilege to create a certificate with subject alt name '${host}'.`;
    return failed(`DNS name ${host}: ${remedyFor(new IpaError(2100, "ACIError", info), subject)}`);
  }
  const info = `The service principal for subject alt name ${host} in certificate request does not exist`;
  return failed(`DNS name ${host}: ${remedyFor(new IpaError(4001, "NotFound", info), subject)}`);
}

/** Kinds of names that IPA never issues, or not to everybody. */
function checkKind(name: SubjectAltName, principal: string): CheckLine[] {
  const isUser = serviceOf(principal) === "";
  switch (name.type) {
    case "dns":
      return [];
    case "principal":
    case "upn":
      return withoutRealm(name.value).toLowerCase() === withoutRealm(principal).toLowerCase()
        ? []
        : [failed(`name ${name.value} is not that of ${principal}: leave it out`)];
    case "ip":
      return [warning(`address ${name.value}: goes only with A and PTR records in IPA's own DNS`)];
    case "email":
      return isUser ? [] : [failed(`e-mail address ${name.value}: IPA gives it to users only, leave it out`)];
    default:
      return [failed(`a name of type ${name.type}: IPA never issues it, leave it out`)];
  }
}

function checkProfile(profile: CallOutcome, question: CsrQuestion): CheckLine {
  if ("error" in profile) return failed(`profile ${question.profile}: ${advice(profile.error, question)}`);
  const config = textOf(memberOf(memberOf(profile.result, "config"), "__base64__"));
  const text = config === undefined ? "" : Buffer.from(config, "base64").toString("utf8");
  if (text !== "" && !/^auth\.instance_id=\S/m.test(text)) {
    return failed(
      `profile ${question.profile} waits for a person to agree, which IPA can not wait for: use another`,
    );
  }
  const [, keys] = /keyParameters=(\S+)/.exec(text) ?? [];
  const [, kind] = /keyType=(\S+)/.exec(text) ?? [];
  const limits =
    keys === undefined ? "" : `; keys: ${kind === undefined || kind === "-" ? "any" : kind} ${keys}`;
  return ok(`profile ${question.profile} is there${limits}`);
}

/** The directory does not say whether a CA is enabled; the CA itself does, to everybody. */
async function checkCa(server: IpaServer, ca: CallOutcome, question: CsrQuestion): Promise<CheckLine> {
  const { issuer } = question;
  if ("error" in ca) return failed(`CA ${issuer}: ${advice(ca.error, question)}`);
  const [id] = textsOf(memberOf(ca.result, "ipacaid"));
  const authorities = await server.page("/ca/rest/authorities");
  const found = listOf(authorities).find((one) => id !== undefined && memberOf(one, "id") === id);
  if (found === undefined) return warning(`CA ${issuer} is there; whether it is enabled is not to be seen`);
  if (memberOf(found, "enabled") === true) return ok(`CA ${issuer} is there and enabled`);
  const error = new IpaError(4301, "CertificateOperationError", `CA '${issuer}' is disabled`);
  return failed(`CA ${issuer} is disabled: ${remedyFor(error, question.subject)}`);
}

function checkAcl(acls: CallOutcome, entry: CallOutcome, question: CsrQuestion): CheckLine {
  if ("error" in acls) return warning(`CA ACLs: ${acls.error.message}`);
  const { principal } = question.subject;
  const service = serviceOf(principal);
  const kind = service === "" ? "user" : service === "host" ? "host" : "service";
  const attributes =
    kind === "user" ? ["memberof_group"] : ["memberof_hostgroup", "memberofindirect_hostgroup"];
  const groups = "result" in entry ? attributes.flatMap((name) => textsOf(memberOf(entry.result, name))) : [];
  const name = kind === "host" ? hostOf(principal) : withoutRealm(principal);
  const asked = { ca: question.issuer, profile: question.profile, kind, name, groups } as const;
  const allowing = listOf(acls.result).find((acl) => allows(acl, asked));
  if (allowing !== undefined) return ok(`CA ACL ${textsOf(memberOf(allowing, "cn"))[0] ?? ""} allows it`);
  const info = `not permitted to use CA '${question.issuer}' with profile '${question.profile}'`;
  return failed(`no CA ACL allows it: ${remedyFor(new IpaError(2100, "ACIError", info), question.subject)}`);
}

/** Lets the server run its own checks. Any certificate that comes of it is an alarm. */
async function* dryRun(server: IpaServer, csr: Csr, question: CsrQuestion): AsyncGenerator<CheckLine> {
  yield await probe(server, question, "the server's own checks", shallowProbe(csr), isFineShallow);
  if (question.isDeep) {
    yield await probe(server, question, "the CA's own check", deepProbe(csr), ({ code }) => code === 4035);
  }
}

const isFineShallow = ({ code, info }: IpaError) => code === 2100 && shallowIsFine.test(info);

async function probe(
  server: IpaServer,
  question: CsrQuestion,
  what: string,
  csr: string,
  isFine: (error: IpaError) => boolean,
): Promise<CheckLine> {
  const { principal, profile, issuer } = question.subject;
  const options = {
    principal,
    ...(profile !== undefined && { profile_id: profile }),
    ...(issuer !== undefined && { cacn: issuer }),
  };
  try {
    const { result } = await server.call("cert_request", [csr], options);
    const serial = textOf(memberOf(result, "serial_number_hex")) ?? textOf(memberOf(result, "serial_number"));
    return failed(
      `${what}: a request that can not be right was issued, serial number ${serial}: revoke it with ` +
        `ipa cert-revoke ${serial}, and tell who runs the CA`,
    );
  } catch (error) {
    if (!(error instanceof IpaError)) throw error;
    if (isFine(error)) return ok(`${what}: nothing to object to`);
    const isMissing = error.code === 4001 && /principal for this request/.test(error.info);
    if (isMissing && question.add) return ok(`${what}: not to be had for a service that is not there yet`);
    return failed(`${what}: ${judge(error, server.name, question.subject).failure.message}`);
  }
}
