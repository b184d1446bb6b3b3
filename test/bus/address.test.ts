import { expect, it } from "vitest";
import { socketPath } from "../../src/bus/address.ts";

it.each([
  { address: "unix:path=/run/dbus/socket", path: "/run/dbus/socket" },
  { address: "/run/dbus/socket", path: "/run/dbus/socket" },
  { address: "unix:path=/a%20b%2fc,guid=0123", path: "/a b/c" },
  { address: "unix:guid=0123,path=/a", path: "/a" },
  { address: "unix:abstract=/a;unix:path=/b", path: "/b" },
])("$address leads to $path", ({ address, path }) => {
  expect(socketPath(address)).toBe(path);
});

it.each(["", "unix:abstract=/a", "tcp:host=localhost,port=1", "unix:path="])(
  'there is no socket file in "%s"',
  (address) => {
    expect(() => socketPath(address)).toThrow(/no unix:path=/);
  },
);
