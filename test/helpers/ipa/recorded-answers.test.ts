import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requestCertificate } from "../../../helpers/ipa/cert-request.ts";
import { IpaError } from "../../../helpers/ipa/ipa-error.ts";
import { memberOf } from "../../../helpers/ipa/json.ts";
import { IpaServer } from "../../../helpers/ipa/json-rpc.ts";
import { createHttpClient, type HttpClient } from "../../../src/http/client.ts";
import { type FakeIpa, startFakeIpa } from "../../../src/testing/servers/fake-ipa.ts";
import { fakeKerberos } from "../../../src/testing/servers/fake-kerberos.ts";
import { readCertificate } from "../../../src/x509/certificate.ts";
import { carriesKeyOf } from "../../../src/x509/chain.ts";
import { readCsr } from "../../../src/x509/csr.ts";
import { type Recording, recording, recordings } from "./support/recordings.ts";
import { newCsr } from "./support/run.ts";

let ipa: FakeIpa;
let http: HttpClient;

beforeAll(async () => {
  ipa = await startFakeIpa();
  http = createHttpClient({ trust: { certificates: [ipa.caCertificate], withSystem: false } });
});
afterAll(async () => {
  http.close();
  await ipa.close();
});

const quiet = { error() {}, warn() {}, info() {}, debug() {} };

async function connect(): Promise<IpaServer> {
  const ticket = await fakeKerberos("host/client.example.test@EXAMPLE.TEST").defaultTicket();
  const { signal } = new AbortController();
  return new IpaServer({ url: new URL(ipa.url), http, credentials: { ticket }, signal, log: quiet });
}

/** What a real server answered to a request for a certificate. */
const answers = recordings.filter(
  ({ request, reply, source }) =>
    /^cert_request/.test(String(memberOf(request.body, "method"))) &&
    reply.status === 200 &&
    // There long texts are shortened.
    source !== "ipa-preflight",
);
const isIssued = ({ reply }: Recording) => memberOf(reply.body, "error") === null;

describe("a certificate that a real server issued", () => {
  it.each(answers.filter(isIssued))("is read: $source/$name", async ({ request, reply, name }) => {
    ipa.next({ status: 200, body: reply.body });
    // The fake itself knows one CA only.
    if (name === "sub-ca") ipa.next({ status: 200, body: recording("ca-show-sub-chain").reply.body });
    const server = await connect();
    const csr = newCsr();
    const { certificate, chain } = await requestCertificate(server, {
      ...{ csr, principal: "HTTP/client.ipalab.test", add: true, dropUnknown: false },
    });
    const [args] = memberOf(request.body, "params") as [readonly unknown[]];
    const asked = typeof args[0] === "string" ? args[0] : String(memberOf(args[0], "__base64__"));
    const recordedCsr = readCsr(asked.includes("BEGIN") ? asked : Buffer.from(asked, "base64"));
    expect(carriesKeyOf(readCertificate(certificate), recordedCsr)).toBe(true);
    // Without a chain in the answer it comes from ca_show.
    const given = memberOf(memberOf(memberOf(reply.body, "result"), "result"), "certificate_chain");
    const subjects = chain.map((pem) => readCertificate(pem).subject);
    const root = "CN=Certificate Authority,O=IPALAB.TEST";
    if (name.startsWith("sub-ca")) expect(subjects).toEqual(["CN=Lab Sub CA,O=IPALAB.TEST", root]);
    else expect(subjects).toEqual([Array.isArray(given) ? root : root.replace("IPALAB", "EXAMPLE")]);
  });
});

describe("an error that a real server gave", () => {
  it.each(answers.filter((one) => !isIssued(one)))("comes as it was: $source/$name", async ({ reply }) => {
    ipa.next({ status: 200, body: reply.body });
    const server = await connect();
    const error = memberOf(reply.body, "error");
    await expect(server.call("cert_request", [""])).rejects.toEqual(
      expect.objectContaining({
        name: "IpaError",
        code: memberOf(error, "code"),
        title: memberOf(error, "name"),
        message: String(memberOf(error, "message")),
      }),
    );
  });
});

describe("the fake answers as the real server did to", () => {
  /** Envelopes, methods, content types and referers of all kinds. */
  const envelopes = recordings.filter(
    ({ source, request, reply }) =>
      source === "ipa-jsonrpc-auth-and-envelope" &&
      /^POST \/ipa\/json /.test(request.line) &&
      /^(909|905|911|401)$/.test(String(memberOf(memberOf(reply.body, "error"), "code") ?? reply.status)),
  );

  it.each(envelopes)("$name", async ({ request, reply }) => {
    const { ticketFromKeytab } = fakeKerberos("host/client.example.test@EXAMPLE.TEST");
    const ticket = await ticketFromKeytab({});
    const token = await ticket
      .startContext({ mechanism: "SPNEGO", service: "HTTP", host: "localhost" })
      .step();
    const { authorization, referer, "content-type": type } = request.headers;
    const headers = {
      ...(type !== undefined && { "Content-Type": type }),
      ...(referer !== undefined && { Referer: referer.replace("ipa.ipalab.test", ipa.name) }),
      // What was no good there is no good here.
      ...(authorization?.startsWith("Negotiate") &&
        reply.status === 200 && {
          Authorization: `Negotiate ${Buffer.from(token ?? "").toString("base64")}`,
        }),
    };
    const body = typeof request.body === "string" ? request.body : JSON.stringify(request.body);
    const answer = await http.send({ method: "POST", url: new URL(ipa.url), headers, body });
    expect(answer.status).toBe(reply.status);
    if (reply.status !== 200) return;
    const error = memberOf(JSON.parse(Buffer.from(answer.body).toString("utf8")), "error");
    const theirs = memberOf(reply.body, "error");
    expect(memberOf(error, "code")).toBe(memberOf(theirs, "code"));
    expect(memberOf(error, "name")).toBe(memberOf(theirs, "name"));
  });

  it("enough of them", () => {
    expect([answers.length > 40, envelopes.length > 15]).toEqual([true, true]);
  });

  it("a token that was used before", async () => {
    const ticket = await fakeKerberos("host/client.example.test").defaultTicket();
    const token = await ticket
      .startContext({ mechanism: "SPNEGO", service: "HTTP", host: "localhost" })
      .step();
    const headers = {
      "Content-Type": "application/json",
      Referer: ipa.url,
      Authorization: `Negotiate ${Buffer.from(token ?? "").toString("base64")}`,
    };
    const body = JSON.stringify({ method: "ping", params: [[], {}] });
    const send = () => http.send({ method: "POST", url: new URL(ipa.url), headers, body });
    expect([(await send()).status, (await send()).status]).toEqual([200, 401]);
  });
});

it("an answer whose server does not prove itself is not believed", async () => {
  const server = await connect();
  ipa.next({
    status: 200,
    headers: { "www-authenticate": "" },
    body: { result: { result: {} }, error: null },
  });
  await expect(server.call("ping", [])).rejects.toThrow(/did not prove/);
  await expect(server.call("nonsense", [])).rejects.toBeInstanceOf(IpaError);
});
