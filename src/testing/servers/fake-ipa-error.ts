/** An error of IPA's, as a method throws it. */
export class FakeIpaError extends Error {
  readonly code: number;
  readonly title: string;
  readonly data: object;

  constructor(code: number, title: string, message: string, data: object = {}) {
    super(message);
    this.code = code;
    this.title = title;
    this.data = data;
  }
}
