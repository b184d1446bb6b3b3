import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unreachable, wait } from "../../protocol/index.ts";
import { decodeBoundCookie, encodeBoundCookie } from "../../src/sdk/cookie.ts";
import { bindResult } from "../../src/sdk/retry.ts";

const csrDigest = "00ff".repeat(16);
const fresh = { csrDigest, tries: 0, since: 0, inner: "" };

describe("a cookie belongs to its CSR", () => {
  it("comes back as it was, for every one-line cookie of a helper", () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !/[\r\n]/.test(text)),
        (inner) => {
          const cookie = { ...fresh, inner };
          expect(decodeBoundCookie(encodeBoundCookie(cookie), csrDigest)).toEqual(cookie);
        },
      ),
    );
  });

  it("keeps its blanks at the end, and loses the line end that somebody added", () => {
    const cookie = { ...fresh, inner: "order 7 \t" };
    expect(decodeBoundCookie(`${encodeBoundCookie(cookie)}\r\n`, csrDigest)).toEqual(cookie);
  });

  it.each([
    ["of another CSR", encodeBoundCookie({ ...fresh, csrDigest: "ab".repeat(32) })],
    ["of another program", "state=reject&requestId=7"],
    ["of a later version", "cmh9:00ff00ff00ff00ff:0:0:x"],
    ["that was cut off", "cmh1:00ff00ff00ff00ff:0"],
  ])("one %s starts over", (_, text) => {
    expect(decodeBoundCookie(text, csrDigest)).toBeUndefined();
  });
});

it("a cookie of nothing but line ends takes no time", () => {
  const begin = performance.now();
  expect(decodeBoundCookie(`${"\n".repeat(125_000)}x`, csrDigest)).toBeUndefined();
  expect(performance.now() - begin).toBeLessThan(1_000);
});

describe("--retry-for", () => {
  const at = (seconds: number) => new Date((1_800_000_000 + seconds) * 1_000);
  const fault = unreachable("no answer from ca.example.test");

  it("off, leaves a passing fault as it is", () => {
    expect(bindResult(fault, { cookie: fresh, retryForSeconds: 0, now: at(0) })).toEqual(fault);
  });

  it("asks again with growing delays, counts, and ends with the reason and the number of tries", () => {
    let cookie = fresh;
    let elapsed = 0;
    const delays: number[] = [];
    for (;;) {
      const result = bindResult(fault, { cookie, retryForSeconds: 1_200, now: at(elapsed) });
      if (result.status !== "wait") {
        expect(result).toEqual(unreachable("no answer from ca.example.test (asked 7 times in 20 min)"));
        break;
      }
      delays.push(result.delaySeconds ?? 0);
      elapsed += result.delaySeconds ?? 0;
      cookie = decodeBoundCookie(result.cookie, csrDigest) ?? fresh;
    }
    expect(delays).toEqual([30, 60, 120, 240, 480, 270]);
    expect(elapsed).toBe(1_200);
  });

  it("keeps the helper's own cookie", () => {
    const result = bindResult(fault, {
      cookie: { ...fresh, inner: "order-7" },
      retryForSeconds: 60,
      now: at(0),
    });
    expect(result.status === "wait" && decodeBoundCookie(result.cookie, csrDigest)?.inner).toBe("order-7");
  });

  it("starts to count anew after an answer", () => {
    const cookie = { ...fresh, tries: 4, since: 1_800_000_000 };
    const result = bindResult(wait("order-7", 5), { cookie, retryForSeconds: 60, now: at(50) });
    expect(result.status === "wait" && decodeBoundCookie(result.cookie, csrDigest)).toEqual({
      ...fresh,
      inner: "order-7",
    });
  });
});
