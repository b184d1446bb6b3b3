import { readCsr, verifyCsr } from "../../x509/csr.ts";
import type { FakeAuthority } from "./fake-ipa-authority.ts";
import { fakeCa, fakeDirectory } from "./fake-ipa-directory.ts";
import type { FakeIpaEntries } from "./fake-ipa-entries.ts";
import { FakeIpaError } from "./fake-ipa-error.ts";
import type { FakeIpaMethod, FakeIpaOptionsOfCall as Options } from "./fake-ipa-method.ts";
import type { FakeIpaRequest } from "./fake-ipa-request.ts";

/** registeredID, the kind of name that IPA never issues; no other part of a CSR has these octets. */
const registeredId = Buffer.of(0x88, 3, 0x2a, 3, 4);

/** IPA refuses names that it never issues; the CA behind it looks at the signature. */
export function refuseProbe(csr: string, cacn: unknown): void {
  const der = Buffer.from(csr.replace(/-----[^-]+-----|\s/g, ""), "base64");
  if (der.includes(registeredId)) {
    const info = "Subject alt name type RegisteredID is forbidden";
    throw new FakeIpaError(2100, "ACIError", `Insufficient access: ${info}`, { info });
  }
  if (cacn === "paused") {
    const error = "CA 'paused' is disabled";
    const message = `Certificate operation cannot be completed: ${error}`;
    throw new FakeIpaError(4301, "CertificateOperationError", message, { error });
  }
  if (isForged(der)) {
    const reason =
      "Non-2xx response from CA REST API: 500. Unable to create enrollment request: Invalid Request";
    const data = { status: 500, reason };
    throw new FakeIpaError(4035, "HTTPRequestError", `Request failed with status 500: ${reason}`, data);
  }
}

function isForged(der: Buffer): boolean {
  try {
    return verifyCsr(readCsr(der)) === "invalid";
  } catch {
    // What can not be read is refused in words of its own.
    return false;
  }
}

/** The few methods that a certificate helper calls. */
export function fakeMethods(
  authority: FakeAuthority,
  release: "4.9" | "4.12",
  entries: FakeIpaEntries,
): Readonly<Record<string, FakeIpaMethod>> {
  const number = (value: number) => (release === "4.9" ? value : String(value));
  const caDer = base64Of(authority.certificate);
  return {
    ...fakeDirectory,
    ...methodsOfEntries(entries),
    ping: () => ({ summary: "IPA server version 4.12.2. API version 2.254" }),
    cert_request([csr], { principal, chain, cacn = "ipa" }) {
      if (typeof csr !== "string" || csr === "") throw required("csr");
      if (typeof principal !== "string" || principal === "") throw required("principal");
      fakeCa(cacn);
      refuseProbe(csr, cacn);
      const host = /\/([^@]*)/.exec(principal)?.[1] ?? principal;
      const { certificate, serial } = issue(authority, csr, `CN=${host},O=EXAMPLE.TEST`);
      entries.add(principal, base64Of(certificate));
      const result = {
        certificate: base64Of(certificate),
        serial_number:
          release === "4.9" ? Number(`0x${serial.slice(0, 8)}`) : BigInt(`0x${serial}`).toString(),
        serial_number_hex: `0x${serial.toUpperCase()}`,
        request_id: number(authority.issued),
        subject: `CN=${host},O=EXAMPLE.TEST`,
        issuer: "CN=Certificate Authority,O=EXAMPLE.TEST",
        cacn,
        ...(chain === true && {
          certificate_chain: [{ __base64__: base64Of(certificate) }, { __base64__: caDer }],
        }),
      };
      return { result, value: number(authority.issued), summary: null };
    },
    ca_show([name], { chain }) {
      const result = {
        ...fakeCa(name),
        certificate: caDer,
        ...(chain === true && { certificate_chain: [{ __base64__: caDer }] }),
      };
      return { result, value: name, summary: null };
    },
    certprofile_find: () => ({
      result: ["caIPAserviceCert", "IECUserRoles", "KDCs_PKINIT_Certs", "acmeIPAServerCert"].map((cn) => ({
        cn: [cn],
        ipacertprofilestoreissued: [true],
        dn: `cn=${cn},cn=certprofiles,cn=ca,dc=example,dc=test`,
      })),
      count: 4,
      truncated: false,
      summary: "4 profiles matched",
    }),
  };
}

/** The methods of the directory whose entries hold what was issued, too. */
export function methodsOfEntries(entries: FakeIpaEntries): Readonly<Record<string, FakeIpaMethod>> {
  return {
    host_show: withCertificates("host_show", ([name]) => entries.of(`host/${name}`)),
    service_show: withCertificates("service_show", ([name]) => entries.of(String(name))),
  };
}

function withCertificates(
  method: "host_show" | "service_show",
  issued: (args: readonly unknown[]) => readonly string[],
): FakeIpaMethod {
  return (...call) => {
    const certificates = issued(call[0]).map((base64) => ({ __base64__: base64 }));
    const answer = { ...fakeDirectory[method]?.(...call) };
    if (certificates.length === 0 || !("result" in answer)) return answer;
    return { ...answer, result: { ...Object(answer.result), usercertificate: certificates } };
  };
}

/** The members of the answer that hold result and error. */
export function answerCall(
  { body, headers, path }: FakeIpaRequest,
  methods: Readonly<Record<string, FakeIpaMethod>>,
  name: string,
  principal: string,
): { result: unknown; error: unknown; id?: unknown } {
  if (path === "/ipa/session/login_password") return { result: null, error: null };
  try {
    const { method, args, options, id } = readCall(body, headers, name);
    const run = (name: string, given: readonly unknown[], more: Options) => {
      const found = methods[name.replace(/\/1$/, "")];
      if (found === undefined) throw unknownCommand(name);
      return found(given, more, principal);
    };
    const result = method === "batch" ? answerBatch(args, run) : run(method, args, options);
    return { result, error: null, id };
  } catch (error) {
    const { code, title, message, data } =
      error instanceof FakeIpaError
        ? error
        : new FakeIpaError(903, "InternalError", "an internal error has occurred");
    return { result: null, error: { code, name: title, message, data } };
  }
}

/** Each call with its own outcome; one that fails does not stop the rest. */
export function answerBatch(
  [calls]: readonly unknown[],
  run: (name: string, args: readonly unknown[], options: Options) => object,
): object {
  if (!Array.isArray(calls)) throw required("methods");
  const results = calls.map((call: { method: string; params: [readonly unknown[], Options] }) => {
    try {
      return { ...run(call.method, ...call.params), error: null };
    } catch (error) {
      if (!(error instanceof FakeIpaError)) throw error;
      const { code, title, message, data } = error;
      return { error: message, error_code: code, error_name: title, error_kw: data };
    }
  });
  return { count: results.length, results };
}

function readCall(body: string, headers: Readonly<Record<string, string>>, name: string) {
  const { referer = "missing" } = headers;
  if (!referer.startsWith(`https://${name}/ipa`)) {
    throw new FakeIpaError(911, "RefererError", `Missing or invalid HTTP Referer, ${referer}`, { referer });
  }
  if (!headers["content-type"]?.startsWith("application/json")) throw unknownCommand("json");
  const call = parse(body);
  if (typeof call !== "object" || call === null || Array.isArray(call)) {
    throw badRequest("Request must be a dict");
  }
  if (!("method" in call)) throw badRequest('Request is missing "method"');
  if (!("params" in call)) throw badRequest('Request is missing "params"');
  const { method, params } = call;
  if (!Array.isArray(params)) throw badRequest("params must be a list");
  if (params.length !== 2) throw badRequest("params must contain [args, options]");
  const [args, options]: readonly unknown[] = params;
  if (!Array.isArray(args)) throw badRequest("params[0] (aka args) must be a list");
  if (!isOptions(options)) throw badRequest("params[1] (aka options) must be a dict");
  const { version = "2.0" } = options;
  if (!/^2\.\d+$/.test(String(version))) {
    const message = `${version} client incompatible with 2.254 server at 'https://${name}/ipa/xml'`;
    throw new FakeIpaError(901, "VersionError", message);
  }
  return { method: String(method), args, options, id: "id" in call ? call.id : null };
}

const isOptions = (value: unknown): value is Options =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : String(error));
  }
}

function issue(authority: FakeAuthority, csr: string, subject: string) {
  const pem = csr.includes("-----BEGIN")
    ? csr
    : `-----BEGIN CERTIFICATE REQUEST-----\n${csr.replace(/.{64}/g, "$&\n").trimEnd()}\n-----END CERTIFICATE REQUEST-----\n`;
  try {
    return authority.issue(pem, subject);
  } catch {
    const error = "Failure decoding Certificate Signing Request: Unable to load request";
    const message = `Certificate operation cannot be completed: ${error}`;
    throw new FakeIpaError(4301, "CertificateOperationError", message, { error });
  }
}

const base64Of = (pem: string) => pem.replace(/-----[^-]+-----|\s/g, "");
const required = (name: string) =>
  new FakeIpaError(3007, "RequirementError", `'${name}' is required`, { name });
const unknownCommand = (name: string) =>
  new FakeIpaError(905, "CommandError", `unknown command '${name}'`, { name });
const badRequest = (error: string) =>
  new FakeIpaError(909, "JSONError", `Invalid JSON-RPC request: ${error}`, { error });
