import { request } from "node:https";
import { afterEach, describe, expect, it } from "vitest";
import { type Fault, type FaultServer, startFaultServer } from "../../src/testing/index.ts";

let server: FaultServer | undefined;
afterEach(() => server?.close());

interface Answer {
  readonly statusCode?: number | undefined;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** What a client that trusts the server's CA gets: an answer, or the code of an error. */
function ask({ host, port, caCertificate }: FaultServer, timeoutMs = 5000): Promise<Answer | string> {
  return new Promise((resolve) => {
    const call = request({ host, port, ca: caCertificate, path: "/api", agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      response.on("end", () => {
        const { statusCode, headers } = response;
        resolve({ statusCode, headers, body: Buffer.concat(chunks).toString() });
      });
    });
    call.setTimeout(timeoutMs, () => call.destroy(Object.assign(new Error("late"), { code: "TIMEOUT" })));
    call.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    call.end();
  });
}

const failing: readonly { fault: Fault; code: string; timeoutMs?: number }[] = [
  { fault: "refused", code: "ECONNREFUSED" },
  { fault: "black-hole", code: "TIMEOUT", timeoutMs: 300 },
  { fault: "reset", code: "ECONNRESET" },
  { fault: "tls-untrusted", code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" },
  { fault: "tls-expired", code: "CERT_HAS_EXPIRED" },
  { fault: "cut-body", code: "ECONNRESET" },
];

describe("the fault server", () => {
  it.each(failing)("with $fault makes a client fail with $code", async ({ fault, code, timeoutMs }) => {
    server = await startFaultServer(fault);
    expect(await ask(server, timeoutMs)).toBe(code);
  });

  it("answers 500, 503 with Retry-After, and 200 with a page", async () => {
    const answers: unknown[] = [];
    for (const fault of ["server-error", "unavailable", "html"] as const) {
      server = await startFaultServer(fault);
      answers.push(await ask(server));
      expect(server.requests).toEqual(["GET /api"]);
      expect(server.connections()).toBe(1);
      await server.close();
    }
    expect(answers).toMatchObject([
      { statusCode: 500 },
      { statusCode: 503, headers: { "retry-after": "120" } },
      { statusCode: 200, body: expect.stringContaining("<html>") },
    ]);
  });

  it("drips", async () => {
    server = await startFaultServer("slow-drip");
    const { host, port, caCertificate: ca } = server;
    const first = await new Promise<string>((resolve, reject) => {
      const call = request({ host, port, ca, agent: false }, (response) => {
        response.once("data", (chunk: Buffer) => {
          resolve(chunk.toString());
          call.destroy();
        });
        response.on("error", () => {});
      });
      call.on("error", reject);
      call.end();
    });
    expect(first).toBe("{");
  });

  it("speaks HTTP without TLS where it is asked to", async () => {
    server = await startFaultServer("unavailable", false);
    const response = await fetch(`http://${server.host}:${server.port}/`);
    expect(response.status).toBe(503);
  });
});
