import { describe, expect, it } from "vitest";
import { isAddressRange, isInRange } from "../../../helpers/self-sign/address-range.ts";
import { matchesPattern } from "../../../helpers/self-sign/name-pattern.ts";

describe("a pattern for names", () => {
  const matching = [
    { pattern: "www.example.test", separators: ".", names: ["www.example.test"] },
    { pattern: "*.example.test", separators: ".", names: ["www.example.test", "a-b.example.test"] },
    { pattern: "**.example.test", separators: ".", names: ["www.example.test", "a.b.c.example.test"] },
    { pattern: "web-*.example.test", separators: ".", names: ["web-1.example.test", "web-.example.test"] },
    { pattern: "host/*@EXAMPLE.TEST", separators: "/@", names: ["host/www.example.test@EXAMPLE.TEST"] },
    { pattern: "*@example.test", separators: "@", names: ["a.b@example.test"] },
    { pattern: "spiffe://example.test/**", separators: "/", names: ["spiffe://example.test/a/b"] },
    { pattern: "*", separators: "", names: ["anything at all", ""] },
    { pattern: "a+(b)[c].{2}$^|\\", separators: ".", names: ["a+(b)[c].{2}$^|\\"] },
  ];
  it.each(matching)("$pattern matches its names", ({ pattern, separators, names }) => {
    expect(names.filter((name) => !matchesPattern(name, pattern, separators))).toEqual([]);
  });

  const others = [
    {
      pattern: "www.example.test",
      separators: ".",
      names: ["wwwxexample.test", "www.example.test.evil.test", "a.www.example.test"],
    },
    {
      pattern: "*.example.test",
      separators: ".",
      names: ["example.test", "a.b.example.test", "www.example.test\nevil"],
    },
    { pattern: "**.example.test", separators: ".", names: ["example.test", "evilexample.test"] },
    {
      pattern: "host/*@EXAMPLE.TEST",
      separators: "/@",
      names: ["host/a/b@EXAMPLE.TEST", "host/a@EVIL@EXAMPLE.TEST", "HTTP/a@EXAMPLE.TEST"],
    },
    { pattern: "*@example.test", separators: "@", names: ["a@b@example.test", "a@evil.test"] },
  ];
  it.each(others)("$pattern matches nothing else", ({ pattern, separators, names }) => {
    expect(names.filter((name) => matchesPattern(name, pattern, separators))).toEqual([]);
  });
});

describe("many stars and a long name", () => {
  it("take no time to speak of: nothing could stop a search", () => {
    const pattern = `${"**x*".repeat(12)}y`;
    const startedAt = performance.now();
    expect(matchesPattern("x".repeat(20_000), pattern, ".")).toBe(false);
    expect(matchesPattern(`${"x".repeat(20_000)}y`, pattern, ".")).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe("a range of addresses", () => {
  const inside = [
    { range: "192.0.2.0/24", address: "192.0.2.255" },
    { range: "192.0.2.1", address: "192.0.2.1" },
    { range: "0.0.0.0/0", address: "203.0.113.9" },
    { range: "2001:db8::/32", address: "2001:db8:1::1" },
    { range: "2001:db8::1", address: "2001:db8:0:0::1" },
  ];
  it.each(inside)("$range holds $address", ({ range, address }) => {
    expect(isInRange(address, range)).toBe(true);
  });

  const outside = [
    { range: "192.0.2.0/25", address: "192.0.2.128" },
    { range: "192.0.2.1", address: "192.0.2.2" },
    { range: "2001:db8::/32", address: "2001:db9::1" },
    { range: "::/0", address: "192.0.2.1" },
    { range: "0.0.0.0/0", address: "::ffff:192.0.2.1" },
    { range: "::/0", address: "www.example.test" },
    { range: "0.0.0.0/0", address: "" },
  ];
  it.each(outside)("$range does not hold $address", ({ range, address }) => {
    expect(isInRange(address, range)).toBe(false);
  });

  it.each(["192.0.2.0/24", "192.0.2.1", "::1", "2001:db8::/128"])("%s is one", (text) => {
    expect(isAddressRange(text)).toBe(true);
  });
  it.each([
    "300.1.1.1/8",
    "192.0.2.0/33",
    "::/129",
    "192.0.2.0/",
    "fe80::1%eth0",
    "example.test",
    "",
    "10.0.0.0/-1",
  ])("%j is none", (text) => {
    expect(isAddressRange(text)).toBe(false);
  });
});
