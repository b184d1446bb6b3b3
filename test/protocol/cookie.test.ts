import { describe, expect, it } from "vitest";
import { cookieAfterSaving, isSafeCookie, maximumVariableBytes } from "../../protocol/index.ts";

// What a helper printed with exit status 1, and what POLL carried after certmonger 0.79.17 had been restarted.
const cookies = [
  { printed: "cookie", handed: "cookie" },
  { printed: "cookie\n", handed: "cookie" },
  { printed: "  cookie \n", handed: "  cookie " },
  { printed: "\tcookie\t\n", handed: "\tcookie\t" },
  { printed: "a\n\n", handed: "a" },
  { printed: "a\nb", handed: "a\nb\n" },
  { printed: "a\r\nb\r\n", handed: "a\nb\n" },
  { printed: "a\rb", handed: "a\nb\n" },
  { printed: "a\r\rb\r", handed: "a\nb\n" },
  { printed: "a\n\n\nb\n", handed: "a\nb\n" },
  { printed: "a\nb\n\nc\n", handed: "a\nb\n\nc\n" },
  { printed: "a\nb\n\n", handed: "a\nb\n\n" },
  { printed: "a\n b\n", handed: "a\n b\n" },
  { printed: "\na\n", handed: "\na\n" },
  { printed: "\n\n", handed: "" },
  { printed: "a\0b", handed: "a" },
  {
    printed: "#,=\\\u0001\u001b[m\u00fc\u20ac\u{1f600}\n",
    handed: "#,=\\\u0001\u001b[m\u00fc\u20ac\u{1f600}",
  },
];

describe("a cookie after saving", () => {
  it.each(cookies)("$printed comes back as $handed", ({ printed, handed }) => {
    expect(cookieAfterSaving(printed)).toBe(handed);
  });
});

describe("isSafeCookie", () => {
  it.each(["a", " a ", '{"order":7}', "\u00fc\t"])("holds for %j", (cookie) => {
    expect(isSafeCookie(cookie)).toBe(true);
    expect(cookieAfterSaving(`${cookie}\n`)).toBe(cookie);
  });

  it.each(["", "a\n", "a\nb", "a\rb", "a\0b"])("does not hold for %j", (cookie) => {
    expect(isSafeCookie(cookie)).toBe(false);
  });

  it("ends where the kernel would refuse to start the helper, counted in bytes", () => {
    const room = maximumVariableBytes - "CERTMONGER_CA_COOKIE=".length;
    expect(isSafeCookie("x".repeat(room))).toBe(true);
    expect(isSafeCookie("x".repeat(room + 1))).toBe(false);
    expect(isSafeCookie("\u00fc".repeat(room / 2 + 1))).toBe(false);
  });
});
