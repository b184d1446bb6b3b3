import { openTls } from "../../src/http/connect.ts";
import { networkFailure } from "../../src/http/failure.ts";
import { NetworkError, serverOf } from "../../src/http/network-error.ts";
import { proxyFor } from "../../src/http/proxy.ts";
import type { Trust } from "../../src/http/trust.ts";
import type { CheckLine } from "../../src/sdk/helper.ts";
import { readCertificate } from "../../src/x509/certificate.ts";
import { failed, ok, warning } from "./check-line.ts";

const dayMs = 24 * 60 * 60 * 1_000;

/** The name, the way and the certificate of a server: DNS, TCP and TLS, without a login. */
export async function checkConnection(
  url: URL,
  trust: Trust,
  { signal, now }: { readonly signal: AbortSignal; readonly now: () => Date },
): Promise<CheckLine> {
  const name = serverOf(url);
  const proxy = proxyFor(url, process.env);
  if (proxy !== undefined) return ok(`${name}: is asked through the proxy ${proxy.host}`);
  try {
    const socket = await openTls(url, { trust, timeoutMs: 10_000, signal });
    const { issuer, notAfter } = readCertificate(socket.getPeerCertificate().raw);
    const where = `${socket.remoteAddress} port ${socket.remotePort}`;
    socket.destroy();
    const days = Math.floor((notAfter.getTime() - now().getTime()) / dayMs);
    const text = `${name}: ${where}, a certificate of ${issuer}, until ${notAfter.toISOString()}`;
    return days < 14 ? warning(`${text}: ends in ${days} days, renew it on the server`) : ok(text);
  } catch (error) {
    if (error instanceof NetworkError) return failed(networkFailure(error).message);
    throw error;
  }
}
