/** What is wrong, for callers that decide by it; the message says where and why. */
export type X509ErrorCode =
  | "not-pem"
  | "not-der"
  | "not-csr"
  | "not-certificate"
  | "not-name"
  | "not-extension"
  | "not-key"
  | "not-pkcs7"
  | "not-pkcs12"
  | "bad-password"
  | "bad-value"
  | "unsupported-key";

/**
 * The only error that this module throws: the given bytes or text are not what they should be.
 *
 * The message is one line, starts in lower case (names apart) and never holds key material or a password.
 */
export class X509Error extends Error {
  override readonly name = "X509Error";
  readonly code: X509ErrorCode;

  constructor(code: X509ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Runs a reader of the thing named `what`: an X509Error from inside it gets that thing's own code, and says
 * where it happened (`CSR: subject is OCTET STRING, not SEQUENCE`).
 */
export function reading<T>(code: X509ErrorCode, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof X509Error) throw new X509Error(code, `${what}: ${error.message}`, { cause: error });
    throw error;
  }
}
