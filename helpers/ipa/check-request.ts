import type { CheckLine } from "../../src/sdk/helper.ts";
import { type CallOutcome, callTogether } from "./batch.ts";
import { allows } from "./ca-acl.ts";
import { failed, ok, warning } from "./check-line.ts";
import { canWrite, type Entries, readEntries } from "./entries.ts";
import { IpaError } from "./ipa-error.ts";
import { listOf, memberOf, textOf, textsOf } from "./json.ts";
import type { IpaServer } from "./json-rpc.ts";
import {
  addHostAndService,
  addToAcl,
  hostOf,
  remedyFor,
  type Subject,
  serviceOf,
  withoutRealm,
} from "./remedy.ts";

/** What is to be found out, and who asks. */
export interface Question {
  readonly subject: Subject;
  readonly profile: string;
  readonly issuer: string;
  /** Whether a missing service would be made. */
  readonly add: boolean;
}

/** What the server was found to have, for the questions that only a CSR raises. */
export interface Found {
  readonly entries: Entries;
  /** The profile's own text, empty when it is not to be had. */
  readonly profileText: string;
  /** Every CA ACL; `undefined` when they are not to be seen. */
  readonly acls: readonly unknown[] | undefined;
}

/** Asks the server what it would look at before any CSR: principal, profile, CA and CA ACLs. Changes nothing. */
export async function* checkRequest(server: IpaServer, question: Question): AsyncGenerator<CheckLine, Found> {
  const { principal, caller } = question.subject;
  yield ok(`the request: ${principal}, profile ${question.profile}, CA ${question.issuer}`);
  const [profile, ca, acls] = await callTogether(server, [
    { method: "certprofile_show", args: [question.profile], options: { out: "x" } },
    { method: "ca_show", args: [question.issuer], options: {} },
    { method: "caacl_find", args: [], options: { no_members: false, sizelimit: 0 } },
  ]);
  const host = `host/${hostOf(principal)}`;
  const isService = !["", "host"].includes(serviceOf(principal));
  const entries = await readEntries(server, isService ? [principal, host] : [principal], caller);
  const entry = entries.get(principal);
  if (entry === undefined || profile === undefined || ca === undefined || acls === undefined) {
    throw new IpaError(0, "", "the server left out a part of its answer");
  }
  yield* checkPrincipal(entry, isService ? entries.get(host) : undefined, question);
  const profileText = textOfProfile(profile);
  yield checkProfile(profile, profileText, question);
  yield await checkCa(server, ca, question);
  const found = { entries, profileText, acls: "error" in acls ? undefined : listOf(acls.result) };
  if ("error" in acls) yield warning(`CA ACLs: ${acls.error.message}`);
  else yield checkAcl(found, principal, question);
  return found;
}

/** From here on each request is felt: about 6 ms a certificate for a service, 10 for a host (seen on 4.9.11). */
const manyCertificates = 50;

/** @param host the entry of the host of a service */
function* checkPrincipal(
  entry: CallOutcome,
  host: CallOutcome | undefined,
  question: Question,
): Generator<CheckLine> {
  const { principal, caller } = question.subject;
  if ("error" in entry) return yield checkMissing(entry.error, host, question);
  if (!canWrite(entry.result)) {
    const remedy = remedyFor(new IpaError(2100, "ACIError", infoOfNoWrite(principal)), question.subject);
    return yield failed(`principal ${principal} is not managed by ${caller ?? "us"}: ${remedy}`);
  }
  yield ok(`principal ${principal} is there, and may be written to`);
  const count = listOf(memberOf(entry.result, "usercertificate")).length;
  if (count >= manyCertificates) {
    const kind = serviceOf(principal) === "host" ? "host" : "service";
    yield warning(
      `principal ${principal}: its entry keeps ${count} certificates, each makes a request slower: ` +
        `ipa ${kind}-mod --certificate=… lists those to keep and revokes the rest`,
    );
  }
}

function checkMissing(error: IpaError, host: CallOutcome | undefined, question: Question): CheckLine {
  const { subject, add } = question;
  const { principal } = subject;
  const isOwnService = hostOf(principal) === subject.caller && !["", "host"].includes(serviceOf(principal));
  if (error.code === 4001 && isOwnService && add) {
    return ok(`service ${principal} is not there; the request will make it`);
  }
  const reason = new IpaError(4001, "NotFound", "The principal for this request doesn't exist.");
  const hasNoHost = host !== undefined && "error" in host && host.error.code === 4001;
  const remedy = hasNoHost ? addHostAndService(hostOf(principal), subject) : remedyFor(reason, subject);
  return failed(`principal ${principal}: ${error.message}; ${remedy}`);
}

/** What the server says when we may not write to an entry. */
export function infoOfNoWrite(principal: string): string {
  const isHost = serviceOf(principal) === "host";
  const entry = isHost ? `fqdn=${hostOf(principal)}` : `krbprincipalname=${principal}`;
  return `Insufficient 'write' privilege to the 'userCertificate' attribute of entry '${entry},`;
}

function textOfProfile(profile: CallOutcome): string {
  if ("error" in profile) return "";
  const config = textOf(memberOf(memberOf(profile.result, "config"), "__base64__"));
  return config === undefined ? "" : Buffer.from(config, "base64").toString("utf8");
}

function checkProfile(profile: CallOutcome, text: string, question: Question): CheckLine {
  const { profile: name } = question;
  if ("error" in profile) {
    const { message } = profile.error;
    return failed(`profile ${name}: ${message}; check its name (getcert -T): ipa certprofile-find`);
  }
  if (text !== "" && !/^auth\.instance_id=\S/m.test(text)) {
    return failed(
      `profile ${name} waits for a person to agree, which IPA can not wait for: use another (getcert -T)`,
    );
  }
  return ok(`profile ${name} is there`);
}

/** The directory does not say whether a CA is enabled; the CA itself does, to everybody. */
async function checkCa(server: IpaServer, ca: CallOutcome, question: Question): Promise<CheckLine> {
  const { issuer, subject } = question;
  if ("error" in ca) return failed(`CA ${issuer}: ${advice(ca.error, subject)}`);
  const [id] = textsOf(memberOf(ca.result, "ipacaid"));
  const { status, content } = await server.page("/ca/rest/authorities");
  if (status >= 500) {
    const remedy = "start it there (systemctl status pki-tomcatd@pki-tomcat)";
    return failed(`the CA behind ${server.name} does not answer (HTTP status ${status}): ${remedy}`);
  }
  const found = listOf(content).find((one) => id !== undefined && memberOf(one, "id") === id);
  if (found === undefined) return warning(`CA ${issuer} is there; whether it is enabled is not to be seen`);
  if (memberOf(found, "enabled") === true) return ok(`CA ${issuer} is there and enabled`);
  const error = new IpaError(4301, "CertificateOperationError", `CA '${issuer}' is disabled`);
  return failed(`CA ${issuer} is disabled: ${remedyFor(error, subject)}`);
}

const advice = (error: IpaError, subject: Subject) =>
  `${error.code} ${error.title}: ${error.message}; ${remedyFor(error, subject)}`;

/** Whether a CA ACL lets a principal have a certificate of the profile from the CA. */
export function checkAcl({ acls = [], entries }: Found, principal: string, question: Question): CheckLine {
  const { issuer, profile } = question;
  const service = serviceOf(principal);
  const kind = service === "" ? "user" : service === "host" ? "host" : "service";
  const attributes =
    kind === "user" ? ["memberof_group"] : ["memberof_hostgroup", "memberofindirect_hostgroup"];
  const entry = entries.get(principal);
  const result = entry !== undefined && "result" in entry ? entry.result : undefined;
  const groups = attributes.flatMap((name) => textsOf(memberOf(result, name)));
  // ACLs name entries by their first name.
  const name = textsOf(memberOf(result, "krbcanonicalname"))[0] ?? principal;
  const asked = {
    ca: issuer,
    profile,
    kind,
    name: kind === "host" ? hostOf(name) : withoutRealm(name),
    groups,
  } as const;
  const allowing = acls.find((acl) => allows(acl, asked));
  if (allowing !== undefined) {
    return ok(`CA ACL ${textsOf(memberOf(allowing, "cn"))[0] ?? ""} allows it to ${withoutRealm(principal)}`);
  }
  return failed(`no CA ACL allows it to ${withoutRealm(principal)}: ${addToAcl(issuer, profile, name)}`);
}
