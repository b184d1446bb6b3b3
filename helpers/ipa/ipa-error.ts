import { isObject, memberOf, textOf } from "./json.ts";

/** The server took the request and answers with an error of its own (ipalib/errors.py numbers them). */
export class IpaError extends Error {
  override readonly name = "IpaError";
  readonly code: number;
  /** `ACIError`; empty when the server gave none. */
  readonly title: string;
  /** Details for programs, in English whatever language the message has. */
  readonly data: unknown;

  constructor(code: number, title: string, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.title = title;
    this.data = data;
  }

  /** The part of the message that says what is wrong, in English. */
  get info(): string {
    const of = (name: string) => textOf(memberOf(this.data, name));
    return of("info") ?? of("reason") ?? of("error") ?? this.message;
  }
}

/** The error of a reply; `undefined` when its shape is no error of IPA's. */
export function readIpaError(value: unknown): IpaError | undefined {
  if (!isObject(value) || typeof value.code !== "number") return undefined;
  const message = textOf(value.message) ?? "the server gave no reason";
  return new IpaError(value.code, textOf(value.name) ?? "", message.replace(/\s+/g, " ").trim(), value.data);
}

/** What came is not an answer of IPA's JSON-RPC: another status than 200, or nonsense. */
export class UnusableReply extends Error {
  override readonly name = "UnusableReply";
  /** The HTTP status. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
