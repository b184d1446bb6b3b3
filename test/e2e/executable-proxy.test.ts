import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startFakeIpa } from "../../src/testing/servers/fake-ipa.ts";
import { createCsr } from "../../src/x509/csr.ts";
import { generateKey } from "../../src/x509/keys.ts";
import { executable } from "./support/executable.ts";
import { attempt } from "./support/run.ts";

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "executable-proxy-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** A proxy that lets through who shows this user and password. */
async function startProxy(login: string) {
  const tunnels: string[] = [];
  const expected = `Basic ${Buffer.from(login).toString("base64")}`;
  const server = createServer().on("connect", ({ url = "", headers }, client) => {
    if (headers["proxy-authorization"] !== expected) {
      client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    tunnels.push(url);
    const target = connect(Number(url.split(":")[1]), "localhost", () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      target.pipe(client).pipe(target);
    });
    for (const socket of [client, target]) socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return { tunnels, url: `http://${login}@127.0.0.1:${address.port}`, close: () => server.close() };
}

// The executable holds half of undici: what src/http needs for this.
it("goes through the proxy that the environment names", async () => {
  const ipa = await startFakeIpa({ passwords: { admin: "Secret.123" } });
  const proxy = await startProxy("user:door");
  try {
    writeFileSync(join(directory, "ca.pem"), ipa.caCertificate);
    writeFileSync(join(directory, "password"), "Secret.123\n", { mode: 0o600 });
    const csr = createCsr({ subject: "CN=client.example.test", keyPair: generateKey("EC-P256") });
    const login = ["-u", "admin", "-w", join(directory, "password")];
    const { exitStatus, stdout } = await attempt(
      executable("ipa-submit"),
      [
        "-J",
        ipa.url,
        "-c",
        join(directory, "ca.pem"),
        ...login,
        "--state-directory",
        join(directory, "state"),
      ],
      {
        environment: {
          ...{ CERTMONGER_OPERATION: "SUBMIT", CERTMONGER_CSR: csr, https_proxy: proxy.url },
          CERTMONGER_REQ_PRINCIPAL: "host/client.example.test",
        },
      },
    );
    expect(stdout).toMatch(/^-----BEGIN CERTIFICATE-----/);
    expect(exitStatus).toBe(0);
    expect(new Set(proxy.tunnels)).toEqual(new Set([ipa.name]));
  } finally {
    proxy.close();
    await ipa.close();
  }
});
