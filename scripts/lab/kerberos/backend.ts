/**
 * Answers like FreeIPA's JSON-RPC server for the few methods that a certificate helper calls, behind the lab's
 * Apache. Plain HTTP on 127.0.0.1:8080.
 *
 * `/ipa/json` and `/ipa/session/json` behave; `/ipa/x/FAULT/json` shows one fault: a status (401, 403, 404, 500,
 * 503), `bare401`, 301, html, empty, cut, noresult, nocert, nullcert, emptycert, badcert, strerror, slowSECONDS, lost
 * (done, and the answer does not arrive), an error of IPA (`e2100`, see `ipaErrors`), or one of preflight.ts. `/ipa/x/atonce/json` is no fault: a CSR that was sent before is answered with
 * the certificate of that time, without the 20 ms of signing, so that what a helper takes by itself can be measured.
 */
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fakeCa } from "../../../src/testing/servers/fake-ipa-directory.ts";
import { FakeIpaError as IpaError } from "../../../src/testing/servers/fake-ipa-error.ts";
import { refuseProbe } from "../../../src/testing/servers/fake-ipa-methods.ts";
import { authoritiesPage, entries, preflightFaults, preflightMethods } from "./preflight.ts";

const lab = process.env.LAB;
if (lab === undefined) throw new Error("LAB is not set");
const version = "4.12.2";

const ipaErrors: Readonly<Record<string, readonly [number, string, string]>> = {
  e901: [
    901,
    "VersionError",
    "2.251 client incompatible with 3.0 server at 'https://ipa.example.test/ipa/xml'",
  ],
  e903: [903, "InternalError", "an internal error has occurred"],
  e911: [911, "RefererError", "Missing or invalid HTTP Referer, missing"],
  e1101: [1101, "CCacheError", "did not receive Kerberos credentials"],
  e2100: [2100, "ACIError", "Insufficient access: Insufficient 'add' privilege to add the entry"],
  e3005: [3005, "OptionError", "Unknown option: cacn"],
  e3009: [3009, "ValidationError", "invalid 'csr': bad"],
  e4001: [4001, "NotFound", "The service principal for this request does not exist."],
  e4016: [4016, "RemoteRetrieveError", "Failed to authenticate to CA REST API"],
  e4035: [
    4035,
    "HTTPRequestError",
    "Request failed with status 400: Non-2xx response from CA REST API: 400.",
  ],
  e4301: [4301, "CertificateOperationError", "Certificate operation cannot be completed: None"],
};

const authority = readFileSync(join(lab, "tls/ca.crt"), "utf8");
const base64Of = (pem: string) => pem.replace(/-----[^-]+-----|\s/g, "");

/** Signs a CSR (PEM, or its base64 body) with the lab's authority. */
function issue(csr: string): string {
  const directory = mkdtempSync(join(lab ?? "", "issued/"));
  const pem = csr.includes("-----BEGIN")
    ? csr
    : `-----BEGIN CERTIFICATE REQUEST-----\n${csr.match(/.{1,64}/g)?.join("\n")}\n-----END CERTIFICATE REQUEST-----\n`;
  writeFileSync(join(directory, "csr.pem"), pem);
  const extensions = [
    "keyUsage=critical,digitalSignature,keyEncipherment",
    "extendedKeyUsage=serverAuth,clientAuth",
    "subjectKeyIdentifier=hash",
    "authorityKeyIdentifier=keyid",
  ];
  writeFileSync(join(directory, "extensions"), extensions.join("\n"));
  const caFiles = ["-CA", join(lab ?? "", "tls/ca.crt"), "-CAkey", join(lab ?? "", "tls/ca.key")];
  execFileSync(
    "openssl",
    [
      "x509",
      "-req",
      "-in",
      "csr.pem",
      ...caFiles,
      "-days",
      "730",
      "-extfile",
      "extensions",
      "-copy_extensions",
      "copy",
      "-out",
      "leaf.pem",
    ],
    { cwd: directory, stdio: "pipe" },
  );
  return base64Of(readFileSync(join(directory, "leaf.pem"), "utf8"));
}

type Options = Readonly<Record<string, unknown>>;
type Method = (args: readonly unknown[], options: Options, isAtOnce: boolean) => unknown;

const methods: Readonly<Record<string, Method>> = {
  ping: () => ({ summary: `IPA server version ${version}. API version 2.254` }),
  cert_request([csr], options, isAtOnce) {
    if (typeof csr !== "string") throw new IpaError(3007, "RequirementError", "'csr' is required");
    if (!options.principal) throw new IpaError(3007, "RequirementError", "'principal' is required");
    const certificate = (isAtOnce && given.get(csr)) || issueOrRefuse(csr, options.cacn);
    entries.add(String(options.principal), certificate);
    const chain = [{ __base64__: certificate }, { __base64__: base64Of(authority) }];
    const result = { certificate, cacn: options.cacn ?? "ipa", request_id: "7", certificate_chain: chain };
    return { result, value: "7", summary: null };
  },
  ca_show: ([name], options) => {
    const certificate = base64Of(authority);
    const chain = options.chain ? { certificate_chain: [{ __base64__: certificate }] } : {};
    return { result: { ...fakeCa(name ?? "ipa"), certificate, ...chain }, value: name, summary: null };
  },
  certprofile_find: () => ({
    result: [{ cn: ["caIPAserviceCert"] }, { cn: ["IECUserRoles"] }],
    count: 2,
    truncated: false,
    summary: "2 profiles matched",
  }),
};

/** By CSR, the last certificate. */
const given = new Map<string, string>();

function issueOrRefuse(csr: string, cacn: unknown): string {
  refuseProbe(csr, cacn);
  try {
    const certificate = issue(csr);
    given.set(csr, certificate);
    return certificate;
  } catch {
    const reason = "Failure decoding Certificate Signing Request: Unable to load request";
    throw new IpaError(
      4301,
      "CertificateOperationError",
      `Certificate operation cannot be completed: ${reason}`,
    );
  }
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json; charset=utf-8" });
  response.end(JSON.stringify(value));
}

const sendResult = (response: ServerResponse, more: object) =>
  sendJson(response, { error: null, id: 0, principal: "UNKNOWN", version, ...more });

const faults: Readonly<Record<string, (response: ServerResponse, request: IncomingMessage) => void>> = {
  "401": (response) => response.writeHead(401, { "www-authenticate": "Negotiate" }).end("<html>401</html>"),
  bare401: (response) => response.writeHead(401).end("<html>401</html>"),
  "403": (response) => response.writeHead(403).end("<html>403</html>"),
  "404": (response) => response.writeHead(404).end(),
  "500": (response) => response.writeHead(500).end("Internal Server Error"),
  "503": (response) => response.writeHead(503, { "retry-after": "120" }).end("busy"),
  "301": (response, request) =>
    response.writeHead(301, { location: `https://${request.headers.host}/ipa/json` }).end(),
  html: (response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>hello</html>"),
  empty: (response) => response.writeHead(200, { "content-type": "application/json" }).end(),
  cut: (response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "100000" });
    response.write('{"result"', () => response.socket?.destroy());
  },
  noresult: (response) => sendResult(response, {}),
  nocert: (response) => sendResult(response, { result: { result: {} } }),
  nullcert: (response) => sendResult(response, { result: { result: { certificate: null } } }),
  emptycert: (response) => sendResult(response, { result: { result: { certificate: "" } } }),
  badcert: (response) => sendResult(response, { result: { result: { certificate: "!!not base64!!" } } }),
  strerror: (response) => sendResult(response, { error: "a string", result: null }),
};

/** The method's result, or the error that a fault asks for. */
function call(body: string, fault: string | undefined, host: string): { id: unknown; result: unknown } {
  let message: { method?: unknown; params?: [readonly unknown[], Options]; id?: unknown };
  try {
    message = JSON.parse(body);
  } catch (error) {
    throw new IpaError(909, "JSONError", `Invalid JSON-RPC request: ${error}`);
  }
  const [args = [], options = {}] = message.params ?? [];
  const error = ipaErrors[fault ?? ""];
  // A server that does not know an option takes the request without it.
  if (error !== undefined && (error[0] !== 3005 || options.cacn || options.profile_id)) {
    throw new IpaError(...error);
  }
  const name = String(message.method).split("/", 1)[0] ?? "";
  const result =
    methods[name]?.(args, options, fault === "atonce") ??
    preflightMethods(host, fault)[name]?.(args, options, "");
  if (result === undefined) throw new IpaError(905, "CommandError", `unknown command '${message.method}'`);
  return { id: message.id ?? null, result };
}

async function answer(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
  const path = request.url ?? "";
  const fault = /^\/ipa\/x\/([^/]+)\/json/.exec(path)?.[1];
  if (path === "/ipa/config/ca.crt") {
    response.writeHead(200, { "content-type": "application/x-x509-ca-cert" }).end(authority);
    return;
  }
  const host = request.headers.host?.replace(/:\d+$/, "") ?? "";
  if (path === "/ca/rest/authorities") {
    const page = authoritiesPage(host);
    response.writeHead(page.status, { "content-type": "application/json" }).end(JSON.stringify(page.body));
    return;
  }
  if (path === "/ipa/session/login_password") {
    // Long enough to look at who is waiting. Nobody gets in: no session made here would be one of the web server's.
    await delay(1_000);
    const isRight = new URLSearchParams(body).get("password") === "Secret.123";
    const reason = isRight ? "password-expired" : "invalid-password";
    response.writeHead(401, { "x-ipa-rejection-reason": reason }).end("<html>401</html>");
    return;
  }
  const show = faults[fault ?? ""];
  if (show !== undefined) return show(response, request);
  const known =
    fault === undefined ||
    fault in ipaErrors ||
    preflightFaults.includes(fault) ||
    /^(slow|atonce|lost)/.test(fault);
  if (!known || !/^\/ipa\/(x\/[^/]+\/|session\/|forbidden\/)?json/.test(path)) {
    response.writeHead(404).end();
    return;
  }
  const read = entries.read();
  if (fault?.startsWith("slow")) await delay(Number(fault.slice(4)) * 1_000);
  const reply = { result: null, error: null, id: null, principal: request.headers["x-remote-user"], version };
  try {
    const referer = request.headers.referer ?? "missing";
    // The server's own name, whichever of the two this is.
    if (!/^https:\/\/(ipa|replica)\.example\.test(:\d+)?\/ipa/.test(referer)) {
      throw new IpaError(911, "RefererError", `Missing or invalid HTTP Referer, ${referer}`);
    }
    entries.goOnWith(read);
    const answered = call(body, fault, host);
    // What the web server in front makes a 502 of.
    if (fault === "lost") return void response.socket?.destroy();
    sendJson(response, { ...reply, ...answered });
  } catch (error) {
    if (!(error instanceof IpaError)) console.error(error);
    const { code, title, message, data } =
      error instanceof IpaError
        ? error
        : new IpaError(903, "InternalError", "an internal error has occurred");
    sendJson(response, { ...reply, error: { code, name: title, message, data } });
  }
}

const requestLog = join(lab, "log/requests.jsonl");

createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString("utf8");
  const { method, url, headers } = request;
  const { authorization: _, cookie: __, ...shown } = headers;
  const logged = url?.includes("login_password") ? "" : body;
  appendFileSync(requestLog, `${JSON.stringify({ method, url, headers: shown, body: logged })}\n`);
  await answer(request, response, body);
}).listen(8080, "127.0.0.1");
