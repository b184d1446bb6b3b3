import { describe, expect, it } from "vitest";
import { berSize, Frames, saslSize } from "../../../helpers/ipa/ldap-frames.ts";

describe("cutting a stream into messages", () => {
  it("gives each message once, however the bytes arrive", () => {
    const bytes = Buffer.from("3003020101" + "308103020102" + "30840000000302010330", "hex");
    for (const step of [1, 2, 3, 7, bytes.length]) {
      const frames = new Frames(berSize);
      const pieces: string[] = [];
      for (let at = 0; at < bytes.length; at += step) {
        frames.add(bytes.subarray(at, at + step));
        for (let piece = frames.take(); piece !== undefined; piece = frames.take()) {
          pieces.push(Buffer.from(piece).toString("hex"));
        }
      }
      expect(pieces).toEqual(["3003020101", "308103020102", "308400000003020103"]);
    }
  });

  it.each([
    { bytes: "30", size: undefined },
    { bytes: "3082", size: undefined },
    { bytes: "308201", size: undefined },
    { bytes: "30820100", size: 260 },
    { bytes: "307f", size: 129 },
  ])("the size of BER that begins with $bytes is $size", ({ bytes, size }) => {
    expect(berSize(Buffer.from(bytes, "hex"))).toBe(size);
  });

  it("knows the size of a packet by its first four octets", () => {
    expect(saslSize(Buffer.from("000001", "hex"))).toBeUndefined();
    expect(saslSize(Buffer.from("00000100ff", "hex"))).toBe(260);
  });

  it.each([
    { what: "an endless length", size: () => berSize(Buffer.from("3080", "hex")) },
    { what: "a huge message", size: () => berSize(Buffer.from("3084ffffffff", "hex")) },
    { what: "a huge packet", size: () => saslSize(Buffer.from("ffffffff", "hex")) },
  ])("refuses $what", ({ size }) => {
    expect(size).toThrow(RangeError);
  });
});
