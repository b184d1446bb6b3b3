import { isIP } from "node:net";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a URL, by the variables that curl reads and certmonger hands on to helpers; `undefined` for none.
 *
 * `http_proxy` counts in small letters only: a web server gives a request's `Proxy` header to its programs as
 * `HTTP_PROXY`.
 *
 * @throws {TypeError} when the variable's value is no URL
 */
export function proxyFor(url: URL, environment: Environment): URL | undefined {
  const scheme = url.protocol.slice(0, -1);
  const names = [`${scheme}_proxy`, ...(scheme === "http" ? [] : [`${scheme.toUpperCase()}_PROXY`])];
  const value = [...names, "all_proxy", "ALL_PROXY"].map((name) => environment[name]).find(Boolean);
  if (value === undefined || isExcepted(url, environment.no_proxy || environment.NO_PROXY || ""))
    return undefined;
  return new URL(value.includes("://") ? value : `http://${value}`);
}

/** Whether `no_proxy` names the host, a domain that it is in, or everything (`*`); a port narrows an entry. */
function isExcepted(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      if (isIP(entry) !== 0) return host === entry;
      const [name = "", port] = entry.split(":");
      if (port !== undefined && port !== (url.port || usualPorts[url.protocol])) return false;
      const domain = name.replace(/^\*?\./, "");
      return host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`));
    });
}

const usualPorts: Readonly<Record<string, string>> = { "https:": "443", "http:": "80" };
