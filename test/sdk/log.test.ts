import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { createLog } from "../../src/sdk/log.ts";
import { redact, Secret } from "../../src/sdk/secret.ts";

describe("a secret prints as [secret]", () => {
  const secret = new Secret("hunter2-hunter2");

  it.each([
    ["String", String(secret)],
    ["a template", `${secret}`],
    ["JSON", JSON.stringify({ secret })],
    ["inspect", inspect({ secret })],
    ["redacted text", redact("login failed for admin with hunter2-hunter2")],
  ])("through %s", (_, text) => {
    expect(text).toContain("[secret]");
    expect(text).not.toContain("hunter2");
  });
});

describe("a URL loses user information and query", () => {
  it.each([
    ["https://admin:pw@ca.example.test/x?token=1#f", "https://[secret]@ca.example.test/x?[…]"],
    ["ldap://ca.example.test:389/dc=x", "ldap://ca.example.test:389/dc=x"],
    ["see http://a.test/?q=1 and http://b.test/", "see http://a.test/?[…] and http://b.test/"],
  ])("%s", (text, clean) => {
    expect(redact(text)).toBe(clean);
  });
});

describe("a secret goes before the URL it is in", () => {
  it.each([
    ["://pa?ss word", "at http://ca.test/://pa?ss word", "at http://ca.test/[secret]"],
    ["abcd", "abcd and abcdef", "[secret] and [secret]"],
  ])("%s", (secret, text, clean) => {
    new Secret("abcdef");
    new Secret(secret);
    expect(redact(text)).toBe(clean);
  });
});

it("a secret is found as a URL or a JSON text writes it", () => {
  new Secret('p ß"w/d');
  expect(redact(`GET /?pw=${encodeURIComponent('p ß"w/d')} ${JSON.stringify({ pw: 'p ß"w/d' })}`)).toBe(
    'GET /?pw=[secret] {"pw":"[secret]"}',
  );
});

describe("a megabyte is no work", () => {
  const million = 1_000_000;
  it.each(["a-", "a.b", "://", "http://", "http://?", 'http://"', "@", " ", "\n ", "\u0000"])(
    "of %j",
    (piece) => {
      const text = piece.repeat(million / piece.length);
      const log = createLog({ name: "x", verbosity: 2 }, () => {});
      const begin = performance.now();
      log.info(`${text}x`);
      // Quadratic, it took minutes; a busy machine is slower by less than that.
      expect(performance.now() - begin).toBeLessThan(2_000);
    },
  );
});

it("no control character of a message gets into the log", () => {
  const lines: string[] = [];
  createLog({ name: "x", verbosity: 0 }, (_, line) => lines.push(line)).warn("a\u001b[31mb\u0000c\td\u009be");
  expect(lines).toEqual(["a [31mb c d e"]);
});

describe("log levels", () => {
  it.each([
    [0, ["error", "warn"]],
    [1, ["error", "warn", "info"]],
    [2, ["error", "warn", "info", "debug"]],
    [5, ["error", "warn", "info", "debug"]],
  ])("with -v %i times", (verbosity, levels) => {
    const seen: string[] = [];
    const log = createLog({ name: "x", verbosity }, (level, line) => seen.push(`${level} ${line}`));
    log.error("one\n  two");
    log.warn("w");
    log.info("i");
    log.debug("d");
    expect(seen.map((line) => line.split(" ")[0])).toEqual(levels);
    expect(seen[0]).toBe("error one two");
  });
});
