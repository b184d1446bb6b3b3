/** The second half of a call's parameters. */
export type FakeIpaOptionsOfCall = Readonly<Record<string, unknown>>;

/** A method of the API; gives the `result` member of the answer, or throws a `FakeIpaError`. */
export type FakeIpaMethod = (
  args: readonly unknown[],
  options: FakeIpaOptionsOfCall,
  principal: string,
) => object;
