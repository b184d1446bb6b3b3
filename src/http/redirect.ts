import { type HttpReply, type HttpRequest, headerOf } from "./http.ts";

const statuses: readonly number[] = [301, 302, 303, 307, 308];
/** Headers that are for one server only. */
const secrets: readonly string[] = ["authorization", "cookie", "referer"];

/** The request that a redirect asks for; `undefined` when the reply is none, or one that is not followed. */
export function followRedirect(request: HttpRequest, reply: HttpReply): HttpRequest | undefined {
  const location = headerOf(reply, "location");
  if (!statuses.includes(reply.status) || location === undefined) return undefined;
  if (request.method !== "GET" && request.method !== "HEAD") return undefined;
  const url = URL.parse(location, request.url.href);
  // Never from TLS to plain text.
  if (url === null || (url.protocol !== "https:" && url.protocol !== request.url.protocol)) return undefined;
  if (url.origin === request.url.origin) return { ...request, url };
  const headers = Object.entries(request.headers ?? {}).filter(
    ([name]) => !secrets.includes(name.toLowerCase()),
  );
  return { ...request, url, headers: Object.fromEntries(headers) };
}
