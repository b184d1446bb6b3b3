import { HelperFailure } from "../../protocol/index.ts";
import type { NetworkError } from "./network-error.ts";

/**
 * What is wrong and what to do, for each code. `%` stands for the server.
 *
 * @see https://nodejs.org/api/errors.html and https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
const explanations: Readonly<Record<string, string>> = {
  ENOTFOUND: "there is no host %: check the name, and this machine's DNS",
  EAI_AGAIN: "DNS does not answer for %: check this machine's DNS",
  ECONNREFUSED: "% refuses connections: check that its service runs, and the port",
  EHOSTUNREACH: "there is no way to %: check the network",
  ENETUNREACH: "there is no way to %: check the network",
  EHOSTDOWN: "% is down: start it, or name another server",

  CERT_HAS_EXPIRED: "the certificate of % has expired: renew it, or set this machine's clock",
  CERT_NOT_YET_VALID: "the certificate of % is not valid yet: set this machine's clock, or the server's",
  CERT_REVOKED: "the certificate of % is revoked: give the server a new one",
  CERT_UNTRUSTED: "the CA of the certificate of % is not trusted for this use",
  INVALID_PURPOSE: "the certificate of % is not one for a server: give it one with serverAuth",
  INVALID_CA:
    "% shows a certificate signed by one that is no CA: see its chain with openssl s_client -showcerts",
  PATH_LENGTH_EXCEEDED:
    "% shows a chain that is longer than its CA allows: see it with openssl s_client -showcerts",
  CERT_SIGNATURE_FAILURE: "the certificate of % is not signed by the CA of that name that is trusted here",
  DEPTH_ZERO_SELF_SIGNED_CERT: "% shows a self-signed certificate that is not trusted here (--cafile)",
  SELF_SIGNED_CERT_IN_CHAIN: "the CA of % is not trusted here: name a file with its certificate (--cafile)",
  UNABLE_TO_GET_ISSUER_CERT: "the CA of % is not trusted here: name a file with its certificate (--cafile)",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    "the CA of % is not trusted here: name a file with its certificate (--cafile)",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "the CA of % is not trusted here, or the server leaves out its chain: name a file with it (--cafile)",
  ERR_TLS_CERT_ALTNAME_INVALID: "the certificate of % is not for that name: use a name that is in it",
  ERR_SSL_WRONG_VERSION_NUMBER: "% does not speak TLS on that port: correct the port in the URL",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "% does not speak TLS on that port: correct the port in the URL",
  EPROTO: "% and this machine found no TLS that both allow: compare crypto policies, and the port",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "% asks for a client certificate",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "% does not trust the CA of our client certificate",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: "% says that our client certificate has expired",

  ERR_BODY_TOO_LARGE: "% sent a reply that is too large to be an answer",
  ERR_PROXY: "the proxy does not connect to %: ask who runs it, or except the host with no_proxy",
  ERR_TOO_MANY_REDIRECTS: "% redirects again and again",
};

/**
 * Says which server, what is wrong and what to do. Always `unreachable`: certmonger tries again, and so does its
 * own helper for all of these.
 */
export function networkFailure(error: NetworkError): HelperFailure {
  return new HelperFailure("unreachable", explain(error), { cause: error });
}

function explain({ code, phase, where, message }: NetworkError): string {
  if (phase === "trust") return `${where} can not be used as a CA certificate: ${message}`;
  if (code === "ETIMEDOUT")
    return `no answer from ${where}: ${message}; check that it runs, and the way to it`;
  if (closed.includes(code)) {
    const when = phase === "body" ? " in the middle of its reply" : "";
    return `${where} closed the connection${when}: see its log, and what is between`;
  }
  const explanation = explanations[code];
  if (explanation === undefined) return `${where}: ${message} (${code})`;
  const text = explanation.replace("%", where);
  // Node lists the names.
  return code === "ERR_TLS_CERT_ALTNAME_INVALID" ? `${text} (${message})` : text;
}

const closed: readonly string[] = ["ECONNRESET", "EPIPE"];
