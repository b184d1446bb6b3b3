import { BusError, ErrorName } from "./error.ts";

/**
 * The path of the socket in a D-Bus address. Of a list (`;`) the first `unix:path=` counts; escapes
 * (`%20`) are undone. A bare absolute path is taken as certmonger's `-P` takes it.
 *
 * Abstract sockets and TCP are refused: no file permission protects them.
 *
 * @throws {BusError} when there is no `unix:path=` in it
 * @see D-Bus specification, "Server Addresses"
 */
export function socketPath(address: string): string {
  if (address.startsWith("/")) return address;
  for (const one of address.split(";")) {
    const [transport, parameters = ""] = splitOnce(one, ":");
    if (transport !== "unix") continue;
    for (const parameter of parameters.split(",")) {
      const [key, value = ""] = splitOnce(parameter, "=");
      if (key === "path" && value !== "") return unescapeValue(value);
    }
  }
  throw new BusError(ErrorName.noServer, `no unix:path= in the D-Bus address "${address}"`);
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function unescapeValue(value: string): string {
  const bytes = value.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}
