/**
 * What the SDK puts around a helper's own cookie before it goes to certmonger.
 *
 * certmonger may POLL with another CSR than the SUBMIT that made the cookie (seen on 0.79.17 and 0.79.21
 * after `getcert resubmit` on a pending request), so a cookie says which CSR it belongs to. It counts the
 * passing faults since `--retry-for` began, too.
 */
export interface BoundCookie {
  /** Start of the SHA-256 of the CSR's DER, hexadecimal. */
  readonly csrDigest: string;
  /** Passing faults in a row, and when the first one was; 0 and 0 when there was none. */
  readonly tries: number;
  readonly since: number;
  /** The helper's own cookie; empty when it has none yet. */
  readonly inner: string;
}

const version = "cmh1";
const digestLength = 16;

/** `cmh1:CSR:TRIES:SINCE:INNER`, one line. */
export function encodeBoundCookie(cookie: BoundCookie): string {
  const { csrDigest, tries, since, inner } = cookie;
  return [version, csrDigest.slice(0, digestLength), tries, since, inner].join(":");
}

/**
 * The cookie as it was encoded, or `undefined` when it is not one of ours or belongs to another CSR: the run
 * then starts over as SUBMIT.
 */
export function decodeBoundCookie(text: string, csrDigest: string): BoundCookie | undefined {
  const match = /^cmh1:([0-9a-f]{16}):(\d{1,6}):(\d{1,12}):([^\r\n]*)[\r\n]*$/.exec(text);
  if (match === null || match[1] !== csrDigest.slice(0, digestLength)) return undefined;
  return { csrDigest, tries: Number(match[2]), since: Number(match[3]), inner: match[4] ?? "" };
}
