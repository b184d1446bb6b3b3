import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { createHttpClient, type HttpClientOptions } from "../../src/http/client.ts";
import { networkFailure } from "../../src/http/failure.ts";
import { headerOf, textOfBody } from "../../src/http/http.ts";
import { NetworkError } from "../../src/http/network-error.ts";
import { type Fault, startFaultServer } from "../../src/testing/servers/fault-server.ts";
import { makeServerIdentity } from "../../src/testing/servers/server-identity.ts";
import { createCertificate, randomSerial } from "../../src/x509/certificate.ts";
import { generateKey, privateKeyToPem, spkiDer } from "../../src/x509/keys.ts";
import { encodeName, parseSubject } from "../../src/x509/names.ts";
import { bodyOf, startHttpsServer } from "./support/https-server.ts";

const trusting = (...certificates: string[]): HttpClientOptions => ({
  trust: { certificates, withSystem: false },
});

async function errorOf(work: Promise<unknown>): Promise<NetworkError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof NetworkError) return error;
  throw new Error(`no NetworkError: ${error}`);
}

function selfSigned(subject: string) {
  const { privateKey, publicKey } = generateKey("EC-P256");
  const subjectDer = encodeName(parseSubject(subject));
  const certificate = createCertificate({
    serial: randomSerial(),
    subjectDer,
    issuerDer: subjectDer,
    spkiDer: spkiDer(publicKey),
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extensions: [],
    issuerKey: privateKey,
  });
  return { certificate, key: privateKeyToPem(privateKey) };
}

describe("a request", () => {
  it("sends its body and headers, and gives status, headers and body of the reply", async () => {
    await using server = await startHttpsServer(async (request, response) => {
      const { method, url, headers } = request;
      response.writeHead(201, { "Set-Cookie": ["a=1", "b=2"], "X-Name": "value" });
      response.end(
        JSON.stringify({
          method,
          url,
          host: headers.host,
          type: headers["content-type"],
          body: await bodyOf(request),
        }),
      );
    });
    const client = createHttpClient(trusting(server.identity.caCertificate));
    const reply = await client.send({
      method: "POST",
      url: new URL("/ipa/json?x=1", server.url),
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect(JSON.parse(textOfBody(reply))).toEqual({
      method: "POST",
      url: "/ipa/json?x=1",
      host: server.url.host,
      type: "application/json",
      body: "{}",
    });
    expect(reply.status).toBe(201);
    expect(reply.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
    expect(headerOf(reply, "x-name")).toBe("value");
    client.close();
  });

  it("uses the connection of the one before, and the prepared one first", async () => {
    await using server = await startHttpsServer((_request, response) => response.end("ok"));
    const client = createHttpClient(trusting(server.identity.caCertificate));
    client.prepare(server.url);
    for (let i = 0; i < 3; i++) await client.send({ method: "GET", url: server.url });
    expect(server.connections()).toBe(1);
    client.close();
  });

  it("shows the client certificate to a server that asks for one", async () => {
    const clientCertificate = selfSigned("CN=client");
    await using server = await startHttpsServer((_request, response) => response.end("ok"), {
      requestCert: true,
      rejectUnauthorized: true,
      ca: clientCertificate.certificate,
    });
    const options = trusting(server.identity.caCertificate);
    const client = createHttpClient({ ...options, clientCertificate });
    expect((await client.send({ method: "GET", url: server.url })).status).toBe(200);
    const without = createHttpClient(options);
    const error = await errorOf(without.send({ method: "GET", url: server.url }));
    expect(networkFailure(error).message).toContain("asks for a client certificate");
    client.close();
    without.close();
  });

  it("ends with the signal's reason, whatever it waits for", async () => {
    for (const fault of ["black-hole", "slow-drip"] as const) {
      const server = await startFaultServer(fault);
      const client = createHttpClient(trusting(server.caCertificate));
      const url = new URL(`https://127.0.0.1:${server.port}/`);
      const reason = new Error("enough");
      const controller = new AbortController();
      const sending = client.send({ method: "GET", url, signal: controller.signal });
      setTimeout(() => controller.abort(reason), 50);
      await expect(sending).rejects.toBe(reason);
      await expect(client.send({ method: "GET", url, signal: controller.signal })).rejects.toBe(reason);
      client.close();
      await server.close();
    }
  });

  it("gives up on a body that is larger than the limit", async () => {
    await using server = await startHttpsServer((_request, response) => response.end("x".repeat(5000)));
    const client = createHttpClient({ ...trusting(server.identity.caCertificate), maximumBodyBytes: 4999 });
    const error = await errorOf(client.send({ method: "GET", url: server.url }));
    expect(error).toMatchObject({ code: "ERR_BODY_TOO_LARGE", phase: "body" });
    client.close();
  });

  it("does not wait longer than its times for a connection, a reply and the rest of it", async () => {
    const silent = await startFaultServer("black-hole");
    const connecting = createHttpClient({ ...trusting(silent.caCertificate), connectTimeoutMs: 50 });
    const error = await errorOf(
      connecting.send({ method: "GET", url: new URL(`https://127.0.0.1:${silent.port}`) }),
    );
    expect(error).toMatchObject({ code: "ETIMEDOUT", phase: "connect" });
    expect(networkFailure(error).message).toBe(
      `no answer from 127.0.0.1:${silent.port}: not connected within 0.05 s; check that it runs, and the way to it`,
    );
    await silent.close();

    await using mute = await startHttpsServer((request, response) => {
      if (request.url === "/body") response.write("begin");
    });
    const client = createHttpClient({ ...trusting(mute.identity.caCertificate), replyTimeoutMs: 100 });
    for (const phase of ["reply", "body"]) {
      const timeout = await errorOf(client.send({ method: "GET", url: new URL(`/${phase}`, mute.url) }));
      expect(timeout).toMatchObject({ code: "ETIMEDOUT", phase });
    }
    client.close();
  });
});

describe("a server that misbehaves", () => {
  const failures: readonly { fault: Fault; phase: string; says: RegExp }[] = [
    { fault: "refused", phase: "connect", says: /^127\.0\.0\.1:\d+ refuses connections/ },
    { fault: "reset", phase: "connect", says: /closed the connection: see its log/ },
    { fault: "tls-untrusted", phase: "connect", says: /is not trusted here/ },
    { fault: "tls-expired", phase: "connect", says: /has expired: renew it, or set this machine's clock/ },
    { fault: "cut-body", phase: "body", says: /closed the connection in the middle of its reply/ },
  ];
  it.each(failures)("$fault is told in words, and is unreachable", async ({ fault, phase, says }) => {
    const server = await startFaultServer(fault);
    const client = createHttpClient(trusting(server.caCertificate));
    const error = await errorOf(
      client.send({ method: "GET", url: new URL(`https://127.0.0.1:${server.port}/`) }),
    );
    expect(error.phase).toBe(phase);
    const failure = networkFailure(error);
    expect(failure.status).toBe("unreachable");
    expect(failure.message).toMatch(says);
    client.close();
    await server.close();
  });

  it("that shows a certificate for another name is told, with the names in it", async () => {
    const address = "127.0.0.2";
    await using server = await startHttpsServer((_request, response) => response.end(), { address });
    const client = createHttpClient(trusting(server.identity.caCertificate));
    const { message } = networkFailure(await errorOf(client.send({ method: "GET", url: server.url })));
    expect(message).toContain(`the certificate of ${server.url.host} is not for that name`);
    expect(message).toContain("127.0.0.1");
    client.close();
  });

  it("is asked for by its name at the address that the machine's own search gives", async () => {
    const asked: unknown[] = [];
    await using server = await startHttpsServer(
      (request, response) => response.end(request.headers.host),
      // Other than the one that Node finds for that name.
      { address: "127.0.0.3", SNICallback: (name, done) => done(null, void asked.push(name)) },
    );
    const onlyAddressOf = async () => "127.0.0.3";
    const client = createHttpClient({ ...trusting(server.identity.caCertificate), onlyAddressOf });
    const named = (host: string) =>
      ({ method: "GET", url: new URL(`https://${host}:${server.url.port}/`) }) as const;
    expect(textOfBody(await client.send(named("localhost")))).toBe(`localhost:${server.url.port}`);
    expect(textOfBody(await client.send(named("localhost.")))).toBe(`localhost.:${server.url.port}`);
    expect(asked).toEqual(["localhost", "localhost."]);
    const { message } = networkFailure(await errorOf(client.send(named("www.example.test"))));
    expect(message).toContain(`the certificate of www.example.test:${server.url.port} is not for that name`);
    client.close();
  });

  it("is looked for by Node when that search finds nothing, fails, or takes long", async () => {
    await using server = await startHttpsServer((_request, response) => response.end("found"));
    const searches: readonly (() => Promise<undefined>)[] = [
      async () => undefined,
      () => Promise.reject(new Error("no search here")),
      () => new Promise(() => {}),
    ];
    for (const onlyAddressOf of searches) {
      const client = createHttpClient({ ...trusting(server.identity.caCertificate), onlyAddressOf });
      expect(textOfBody(await client.send({ method: "GET", url: server.url }))).toBe("found");
      client.close();
    }
  });

  it("that speaks no TLS is said to speak none", async () => {
    const server = createServer((_request, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const client = createHttpClient(trusting());
    const error = await errorOf(client.send({ method: "GET", url: new URL(`https://127.0.0.1:${port}/`) }));
    expect(networkFailure(error).message).toBe(
      `127.0.0.1:${port} does not speak TLS on that port: correct the port in the URL`,
    );
    server.close();
  });

  it("is asked again as often as the request allows, but never with POST", async () => {
    let requests = 0;
    await using server = await startHttpsServer((_request, response) => {
      requests++;
      if (requests % 3 === 0) return response.end("well again");
      if (requests % 3 === 1) return response.destroy();
      response.writeHead(503, { "Retry-After": "1" });
      return response.end();
    });
    const pauses: number[] = [];
    const sleep = async (milliseconds: number) => {
      pauses.push(milliseconds);
    };
    const client = createHttpClient({ ...trusting(server.identity.caCertificate), sleep });
    const reply = await client.send({ method: "GET", url: server.url, retries: 2 });
    expect({ status: reply.status, requests, pauses }).toEqual({
      status: 200,
      requests: 3,
      pauses: [500, 1000],
    });
    await expect(client.send({ method: "POST", url: server.url, retries: 2 })).rejects.toThrow(NetworkError);
    expect(requests).toBe(4);
    client.close();
  });
});

describe("redirects", () => {
  it("are followed only when asked for, not for POST, not in a circle, and take no secrets elsewhere", async () => {
    const seen: (string | undefined)[] = [];
    await using other = await startHttpsServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end("there");
    });
    await using server = await startHttpsServer(
      (request, response) => {
        seen.push(request.headers.authorization);
        const target =
          { "/own": "/elsewhere", "/elsewhere": other.url.href }[request.url ?? ""] ?? request.url;
        response.writeHead(302, { Location: target }).end();
      },
      { identity: other.identity },
    );
    const client = createHttpClient(trusting(other.identity.caCertificate));
    const headers = { authorization: "Negotiate secret" };
    const url = new URL("/own", server.url);
    expect((await client.send({ method: "GET", url, headers })).status).toBe(302);
    expect((await client.send({ method: "POST", url, headers, redirects: 5 })).status).toBe(302);
    seen.length = 0;
    const reply = await client.send({ method: "GET", url, headers, redirects: 5 });
    expect(textOfBody(reply)).toBe("there");
    expect(reply.url.href).toBe(other.url.href);
    expect(seen).toEqual(["Negotiate secret", "Negotiate secret", undefined]);
    const circle = client.send({ method: "GET", url: new URL("/circle", server.url), redirects: 3 });
    await expect(circle).rejects.toMatchObject({ code: "ERR_TOO_MANY_REDIRECTS" });
    client.close();
  });
});

describe("a proxy", () => {
  it("is asked for a tunnel, with its user and password, and TLS goes to the server", async () => {
    await using server = await startHttpsServer((_request, response) => response.end("through"));
    const tunnels: (string | undefined)[] = [];
    const proxy = createServer();
    proxy.on("connect", (request, socket) => {
      tunnels.push(`${request.url} ${request.headers["proxy-authorization"]}`);
      const upstream = connect(Number(server.url.port), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        upstream.pipe(socket).pipe(upstream);
      });
      for (const stream of [socket, upstream]) stream.on("error", () => {});
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const { port } = proxy.address() as AddressInfo;
    const environment = { https_proxy: `http://user:word@127.0.0.1:${port}` };
    const client = createHttpClient({ ...trusting(server.identity.caCertificate), environment });
    const reply = await client.send({ method: "POST", url: server.url, body: "{}" });
    expect({ status: reply.status, text: textOfBody(reply) }).toEqual({ status: 200, text: "through" });
    const basic = Buffer.from("user:word").toString("base64");
    expect(tunnels).toEqual([`${server.url.host} Basic ${basic}`]);

    const stranger = createHttpClient({ ...trusting(makeServerIdentity("none").caCertificate), environment });
    const error = await errorOf(stranger.send({ method: "GET", url: server.url }));
    expect(networkFailure(error).message).toMatch(/is not signed by the CA|is not trusted here/);
    client.close();
    stranger.close();
    proxy.closeAllConnections();
    proxy.close();
  });

  it("that refuses is named, and its password is not", async () => {
    const proxy = createServer();
    proxy.on("connect", (_request, socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"));
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const { port } = proxy.address() as AddressInfo;
    const environment = { https_proxy: `http://user:word@127.0.0.1:${port}` };
    const client = createHttpClient({ ...trusting(), environment });
    const error = await errorOf(client.send({ method: "GET", url: new URL("https://ca.example.test/") }));
    const { status, message } = networkFailure(error);
    expect(status).toBe("unreachable");
    expect(message).toContain("the proxy does not connect to ca.example.test");
    expect(`${message} ${error.message}`).not.toContain("word");
    client.close();
    proxy.close();
  });
});
