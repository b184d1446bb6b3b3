import { lookup } from "node:dns/promises";
import { describe, expect, it } from "vitest";
import { onlyAddressOf } from "../../src/kerberos/address.ts";

describe("the only address of a host", () => {
  it("is the one that Node finds, where Node finds one, and none where it finds more", async () => {
    const found = await lookup("localhost", { all: true });
    expect(await onlyAddressOf("localhost")).toBe(found.length === 1 ? found[0]?.address : undefined);
  });

  it("is written as it is known", async () => {
    expect(await onlyAddressOf("127.0.0.5")).toBe("127.0.0.5");
    expect(await onlyAddressOf("0:0:0:0:0:0:0:1")).toBe("::1");
  });

  it("is none for what can not be a name", async () => {
    expect(await onlyAddressOf(`${"a".repeat(64)}.test`)).toBeUndefined();
    expect(await onlyAddressOf("")).toBeUndefined();
  });
});
