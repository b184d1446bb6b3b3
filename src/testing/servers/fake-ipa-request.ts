/** A request as the fake server got it. */
export interface FakeIpaRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The method and its parameters, when the body is a call. */
  readonly call?: { readonly method: string; readonly params: unknown };
}
