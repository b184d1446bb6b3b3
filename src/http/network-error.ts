/** How far a request came. */
export type NetworkPhase =
  /** reading the certificates of those who are trusted */
  | "trust"
  /** finding the address, TCP, TLS */
  | "connect"
  /** sending the request, and waiting for the first line of the reply */
  | "reply"
  /** reading the rest of the reply */
  | "body";

/** A request that got no whole reply. An HTTP status is no error here, whatever it is. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
  /** Node's code, such as `ECONNREFUSED` or `CERT_HAS_EXPIRED`; of ours: `ETIMEDOUT`, `ERR_BODY_TOO_LARGE`. */
  readonly code: string;
  readonly phase: NetworkPhase;
  /** The host, with its port where it is not the usual one; in phase `trust`, the file. */
  readonly where: string;

  constructor(phase: NetworkPhase, where: string, code: string, text: string, options?: ErrorOptions) {
    super(text, options);
    this.phase = phase;
    this.where = where;
    this.code = code;
  }
}

/** The same error with what this module knows of it; one that already is a `NetworkError` stays as it is. */
export function asNetworkError(error: unknown, phase: NetworkPhase, where: string): NetworkError {
  if (error instanceof NetworkError) return error;
  // Several addresses were tried, each with an error of its own.
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return new NetworkError(phase, where, codeOf(first) ?? codeOf(error) ?? "EUNKNOWN", textOf(first), {
    cause: error,
  });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** OpenSSL's errors end in a line feed, and begin with a thread's number. */
function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, " ").trim();
}

const usualPorts: Readonly<Record<string, string>> = {
  "https:": "443",
  "http:": "80",
  "ldaps:": "636",
  "ldap:": "389",
};

/** `ipa.example.test`, or `ipa.example.test:8443` where the port is not the one of the URL's scheme. */
export function serverOf(url: URL): string {
  return url.port === "" || url.port === usualPorts[url.protocol] ? url.hostname : url.host;
}

export function portOf(url: URL): number {
  return Number(url.port || usualPorts[url.protocol]);
}
