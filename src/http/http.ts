/** What is asked of a server. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Ends the request, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** How many redirects to follow, of GET and HEAD only; default none. Secrets do not go to another origin. */
  readonly redirects?: number;
  /**
   * How often to try again after a failure that passes, or a 502, 503 or 504; default never. For POST it is
   * never: the first one may have been carried out.
   */
  readonly retries?: number;
}

/** What a server answered, whatever the status. */
export interface HttpReply {
  readonly status: number;
  /** By name in small letters; each line of the reply is one value. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Uint8Array;
  /** Where it came from in the end. */
  readonly url: URL;
}

/** The first value of a header, by its name in small letters. */
export function headerOf(reply: HttpReply, name: string): string | undefined {
  return reply.headers[name]?.[0];
}

export function textOfBody({ body }: HttpReply): string {
  return Buffer.from(body).toString("utf8");
}

/** A reply whose body is still to be read. */
export interface OpenReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives up on the rest; the reading then fails with this error. */
  discard(error: Error): void;
}

/** One way to send a request: directly, or through a proxy. @throws {NetworkError} or the signal's reason */
export interface Transport {
  send(request: HttpRequest): Promise<OpenReply>;
  /** Begins to connect, so that a request that follows finds the connection there. */
  prepare(url: URL): void;
  close(): void;
}
