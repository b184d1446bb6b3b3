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
  | "bad-signature"
  | "bad-value"
  | "unsupported-key";

/**
 * The only error that this module throws: the given bytes or text are not what they should be.
 *
 * The message is one line, starts in lower case and never holds key material or a password.
 */
export class X509Error extends Error {
  override readonly name = "X509Error";
  readonly code: X509ErrorCode;

  constructor(code: X509ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
