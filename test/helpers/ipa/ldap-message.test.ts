import { describe, expect, it } from "vitest";
import { decodeReply, encodeBind, encodeSearch, encodeUnbind } from "../../../helpers/ipa/ldap-message.ts";
import { reply } from "./support/ldap-server.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("messages of the client", () => {
  // As ldapsearch of OpenLDAP 2.5 sends them, but for its longer lengths.
  it.each([
    {
      name: "anonymous bind",
      bytes: encodeBind(1, { kind: "anonymous" }),
      expected: "300c020101600702010304008000",
    },
    {
      name: "bind with SASL",
      bytes: encodeBind(2, { kind: "sasl", credentials: Buffer.from("token") }),
      expected: "301b02010260160201030400a30f04064753534150490405746f6b656e",
    },
    { name: "unbind", bytes: encodeUnbind(3), expected: "30050201034200" },
    {
      name: "search for a present attribute",
      bytes: encodeSearch(4, {
        base: "",
        scope: "base",
        filter: { present: "objectClass" },
        attributes: ["cn"],
      }),
      expected:
        "30290201046324" +
        "0400" +
        "0a0100" +
        "0a0100" +
        "020100" +
        "020100" +
        "010100" +
        "870b6f626a656374436c617373" +
        "30040402636e",
    },
    {
      name: "search with a filter of two conditions",
      bytes: encodeSearch(5, {
        base: "dc=x",
        scope: "subtree",
        filter: { all: [{ attribute: "cn", equals: "CA" }, { present: "cn" }] },
        attributes: [],
      }),
      expected:
        "302c0201056327" +
        "040464633d78" +
        "0a0102" +
        "0a0100" +
        "020100" +
        "020100" +
        "010100" +
        "a00ea3080402636e04024341" +
        "8702636e" +
        "3000",
    },
  ])("$name", ({ bytes, expected }) => {
    expect(hex(bytes)).toBe(expected);
  });
});

describe("messages of the server", () => {
  it("are read whatever the number of octets in their lengths", () => {
    const withFourOctets = Buffer.from(
      "308400000010" + "020107" + "618400000007" + "0a0100" + "0400" + "0400",
      "hex",
    );
    expect(decodeReply(withFourOctets)).toEqual({
      kind: "bound",
      id: 7,
      result: { code: 0, diagnostic: "" },
    });
  });

  it("give entries with their attributes by name in small letters", () => {
    const bytes = reply.entry(9, "cn=CA,dc=x", {
      "cACertificate;binary": [Buffer.from([1, 2])],
      cn: ["a", "b"],
    });
    const read = decodeReply(bytes);
    if (read.kind !== "entry") throw new Error(read.kind);
    expect(read.entry.dn).toBe("cn=CA,dc=x");
    const values = [...read.entry.attributes].map(([name, all]) => [name, all.map(hex)]);
    expect(values).toEqual([
      ["cacertificate;binary", ["0102"]],
      ["cn", ["61", "62"]],
    ]);
  });

  it.each([
    {
      bytes: reply.done(1, 32, "gone"),
      expected: { kind: "done", id: 1, result: { code: 32, diagnostic: "gone" } },
    },
    { bytes: reply.reference(2), expected: { kind: "reference", id: 2 } },
    {
      bytes: reply.goodbye("bye"),
      expected: { kind: "extended", id: 0, result: { code: 52, diagnostic: "bye" } },
    },
    {
      bytes: reply.bound(3, 14, Buffer.from("token")),
      expected: {
        kind: "bound",
        id: 3,
        result: { code: 14, diagnostic: "" },
        credentials: Uint8Array.from(Buffer.from("token")),
      },
    },
  ])("$expected.kind", ({ bytes, expected }) => {
    expect(JSON.parse(JSON.stringify(decodeReply(bytes)))).toEqual(JSON.parse(JSON.stringify(expected)));
  });

  it.each(["3003020101", "30070201014202ffff", "0400", "48545450"])("refuse %s", (nonsense) => {
    expect(() => decodeReply(Buffer.from(nonsense, "hex"))).toThrow();
  });
});
