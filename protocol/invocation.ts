import { ProtocolError } from "./failure.ts";
import { type Operation, parseOperation, type QueryOperation } from "./operation.ts";
import type { EnrollmentRequest, ScepData } from "./request.ts";
import { decodeLines, encodeLines } from "./text.ts";
import { listFields, scepFields, textFields } from "./variables.ts";

/** One run of a helper, as the daemon asked for it. */
export type Invocation =
  | { readonly operation: "SUBMIT"; readonly request: EnrollmentRequest }
  | { readonly operation: "POLL"; readonly request: EnrollmentRequest; readonly cookie: string }
  | { readonly operation: QueryOperation; readonly caNickname?: string }
  | { readonly operation: "unknown"; readonly name: string };

/** Variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * Reads what the daemon, or a person at a terminal, asks for. Never throws: what the environment does not
 * say is absent, and a missing CSR is an empty one.
 *
 * certmonger always names the operation. Where it is unset or empty this follows its own helpers: POLL when
 * there is a cookie, else SUBMIT. A POLL without a cookie has nothing to ask about and is a SUBMIT.
 *
 * @see certmonger 0.79.21 src/local.c, main; src/submit-e.c, cm_submit_e_start
 */
export function decodeInvocation(environment: Environment): Invocation {
  const name = environment.CERTMONGER_OPERATION || "SUBMIT";
  const asked = environment.CERTMONGER_OPERATION ? parseOperation(name) : implied(environment);
  if (asked === undefined) return { operation: "unknown", name };
  if (asked === "SUBMIT" || asked === "POLL") {
    const request = decodeRequest(environment);
    const cookie = environment.CERTMONGER_CA_COOKIE;
    return asked === "POLL" && cookie
      ? { operation: "POLL", request, cookie }
      : { operation: "SUBMIT", request };
  }
  const caNickname = environment.CERTMONGER_CA_NICKNAME;
  return caNickname ? { operation: asked, caNickname } : { operation: asked };
}

function implied(environment: Environment): Operation {
  return environment.CERTMONGER_CA_COOKIE ? "POLL" : "SUBMIT";
}

function decodeRequest(environment: Environment): EnrollmentRequest {
  const request: Mutable<EnrollmentRequest> = {
    csr: environment.CERTMONGER_CSR ?? "",
    hostnames: [],
    principals: [],
    emails: [],
    ipAddresses: [],
  };
  for (const [field, variable] of textFields) {
    const value = environment[variable];
    if (value) request[field] = value;
  }
  for (const [field, variable] of listFields) request[field] = decodeLines(environment[variable]);
  const scep = decodeScep(environment);
  if (scep !== undefined) request.scep = scep;
  return request;
}

function decodeScep(environment: Environment): ScepData | undefined {
  const scep: Mutable<ScepData> = {};
  for (const [field, variable] of scepFields) {
    const value = environment[variable];
    if (value) scep[field] = value;
  }
  return Object.keys(scep).length === 0 ? undefined : scep;
}

/**
 * The `CERTMONGER_*` variables with which the daemon would ask for this; empty values are left out.
 * The rest of a helper's environment (PATH, HOME, …) is not the protocol's business.
 *
 * @throws {ProtocolError} for what the daemon can not ask: POLL without a cookie, a list item of two lines, a NUL
 */
export function encodeInvocation(invocation: Invocation): Record<string, string> {
  const environment: Record<string, string> = {};
  const set = (variable: string, value: string | undefined): void => {
    if (!value) return;
    if (value.includes("\0")) throw new ProtocolError(`${variable} can not hold a NUL`);
    environment[variable] = value;
  };
  switch (invocation.operation) {
    case "SUBMIT":
    case "POLL":
      set("CERTMONGER_OPERATION", invocation.operation);
      encodeRequest(invocation.request, set);
      if (invocation.operation === "POLL") {
        if (invocation.cookie === "") throw new ProtocolError("POLL needs a cookie");
        set("CERTMONGER_CA_COOKIE", invocation.cookie);
      }
      break;
    case "unknown":
      if (invocation.name === "" || parseOperation(invocation.name) !== undefined) {
        throw new ProtocolError(`${JSON.stringify(invocation.name)} is not the name of an unknown operation`);
      }
      set("CERTMONGER_OPERATION", invocation.name);
      break;
    default:
      set("CERTMONGER_OPERATION", invocation.operation);
      set("CERTMONGER_CA_NICKNAME", invocation.caNickname);
  }
  return environment;
}

function encodeRequest(
  request: EnrollmentRequest,
  set: (variable: string, value: string | undefined) => void,
): void {
  set("CERTMONGER_CSR", request.csr);
  for (const [field, variable] of textFields) set(variable, request[field]);
  for (const [field, variable] of listFields) set(variable, encodeLines(request[field]));
  for (const [field, variable] of scepFields) set(variable, request.scep?.[field]);
}
