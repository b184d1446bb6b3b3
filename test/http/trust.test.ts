import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTls } from "../../src/http/connect.ts";
import { networkFailure } from "../../src/http/failure.ts";
import { NetworkError } from "../../src/http/network-error.ts";
import { readSystemTrust, readTrust } from "../../src/http/trust.ts";
import { makeServerIdentity } from "../../src/testing/servers/server-identity.ts";
import { startHttpsServer } from "./support/https-server.ts";

const { caCertificate } = makeServerIdentity("none");
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "trust-"));
});
afterEach(() => rm(directory, { recursive: true }));

describe("reading whom to trust", () => {
  it("takes the certificates of files, and of a directory those that OpenSSL would find", async () => {
    await writeFile(join(directory, "ca.pem"), caCertificate);
    await symlink("ca.pem", join(directory, "5ed36f99.0"));
    await writeFile(join(directory, "README"), "not a certificate");
    expect(await readTrust({ files: [join(directory, "ca.pem")], directory })).toEqual({
      certificates: [caCertificate, caCertificate],
      withSystem: false,
    });
  });

  it("takes the system's list when nothing is named", async () => {
    expect(await readTrust({})).toEqual({ certificates: [], withSystem: true });
    await writeFile(join(directory, "bundle"), caCertificate);
    expect(await readSystemTrust([join(directory, "missing"), join(directory, "bundle")])).toEqual([
      caCertificate,
    ]);
    expect(await readSystemTrust([join(directory, "missing")])).toEqual([]);
  });

  it.each([
    { what: "is missing", make: async () => {}, says: "ENOENT" },
    {
      what: "holds no certificate",
      make: (path: string) => writeFile(path, "text"),
      says: "it holds no PEM certificate",
    },
  ])("names a file that $what", async ({ make, says }) => {
    const path = join(directory, "ca.pem");
    await make(path);
    const error: unknown = await readTrust({ files: [path] }).catch((thrown: unknown) => thrown);
    if (!(error instanceof NetworkError)) throw new Error(`no NetworkError: ${error}`);
    expect(networkFailure(error).message).toContain(`${path} can not be used as a CA certificate: `);
    expect(networkFailure(error).message).toContain(says);
  });
});

describe("a TLS connection", () => {
  it("trusts an issuer that is not self-signed, when it is named", async () => {
    await using server = await startHttpsServer((_request, response) => response.end());
    // The leaf itself, the extreme case of a chain that is trusted from its middle.
    const trust = { certificates: [server.identity.certificate], withSystem: false };
    const socket = await openTls(server.url, { trust, timeoutMs: 5_000 });
    expect(socket.authorized).toBe(true);
    socket.destroy();
  });

  it("fails with the first reason when the system's list does not help", async () => {
    await using server = await startHttpsServer((_request, response) => response.end());
    const trust = { certificates: [caCertificate], withSystem: true };
    await expect(openTls(server.url, { trust, timeoutMs: 5_000 })).rejects.toBeInstanceOf(NetworkError);
    expect(server.connections()).toBe(2);
  });

  it("trusts nobody when nobody is named", async () => {
    await using server = await startHttpsServer((_request, response) => response.end());
    const trust = { certificates: [], withSystem: false };
    await expect(openTls(server.url, { trust, timeoutMs: 5_000 })).rejects.toBeInstanceOf(NetworkError);
  });
});
