import { HelperFailure } from "certmonger-helper";

/** A CA that is a web service: the CSR goes up, the certificate and its chain come down. */
export async function sign(url: string, csr: string, signal: AbortSignal) {
  const response = await fetch(url, { method: "POST", body: csr, signal }).catch((cause: unknown) => {
    throw new HelperFailure("unreachable", `no answer from ${url}`, { cause });
  });
  const text = await response.text();
  if (response.status >= 500) throw new HelperFailure("unreachable", `${url} answered ${response.status}`);
  if (!response.ok) throw new HelperFailure("rejected", `${url} refused the request: ${text}`);
  const [certificate = "", ...chain] = text.split(/(?<=-----END CERTIFICATE-----\r?\n)/);
  return { certificate, chain };
}
