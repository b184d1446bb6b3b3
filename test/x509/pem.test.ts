import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { derOf, encodePem } from "../../src/x509/pem.ts";
import { bytes, hex, x509ErrorOf } from "./bytes.ts";

const der = bytes(`3081${"80"}${"aa".repeat(128)}`);
const pem = encodePem("CERTIFICATE", der);
const labels = ["CERTIFICATE", "X509 CERTIFICATE"];

const readable = [
  { name: "PEM", input: pem },
  { name: "PEM with CRLF", input: pem.replace(/\n/g, "\r\n") },
  { name: "PEM without a line end", input: pem.trim() },
  { name: "PEM with another of the labels", input: pem.replace(/CERTIFICATE/g, "X509 CERTIFICATE") },
  { name: "PEM in octets", input: Buffer.from(pem) },
  { name: "PEM after text that begins with a zero", input: Buffer.from(`0 is a digit\n${pem}`) },
  { name: "text before and after", input: `Subject: CN=ü\n${pem}-- \nlast words` },
  { name: "other blocks first", input: `${encodePem("PRIVATE KEY", bytes("0500"))}${pem}` },
  { name: "a block that never ends first", input: `-----BEGIN PRIVATE KEY-----\nabc\n${pem}` },
  {
    name: "lines of any length",
    input: pem.replace(/^[A-Za-z0-9+/=]+$/gm, (line) => line.replace(/.{7}/g, "$&\n")),
  },
  { name: "one line", input: pem.replace(/(?<!-)\n(?!-)/g, "") },
  { name: "DER", input: der },
];

describe("derOf", () => {
  it.each(readable)("reads $name", ({ input }) => {
    expect(hex(derOf(input, labels))).toBe(hex(der));
  });

  it("takes the first block", () => {
    expect(hex(derOf(encodePem("CERTIFICATE", bytes("0500")) + pem, labels))).toBe("0500");
  });

  it.each([
    { name: "nothing", input: "", says: "empty" },
    { name: "blanks", input: " \r\n", says: "empty" },
    { name: "no octets", input: new Uint8Array(0), says: "empty" },
    { name: "text", input: "hello", says: "no PEM block CERTIFICATE or X509 CERTIFICATE" },
    {
      name: "another label",
      input: encodePem("PKCS7", der),
      says: "no PEM block CERTIFICATE or X509 CERTIFICATE",
    },
    { name: "a block without an end", input: pem.slice(0, 100), says: "the CERTIFICATE block has no end" },
    {
      name: "an empty block",
      input: encodePem("CERTIFICATE", new Uint8Array(0)),
      says: "the CERTIFICATE block is not base64",
    },
    {
      name: "a strange character",
      input: pem.replace("MI", "M!"),
      says: "the CERTIFICATE block is not base64",
    },
    {
      name: "base64 with a character missing",
      input: pem.replace("MI", "M"),
      says: "the CERTIFICATE block is not base64",
    },
    {
      name: "base64 that goes on after its end",
      input: pem.replace("MI", "M="),
      says: "the CERTIFICATE block is not base64",
    },
  ])("refuses $name", ({ input, says }) => {
    expect(x509ErrorOf(() => derOf(input, labels))).toEqual({ code: "not-pem", message: says });
  });
});

describe("encodePem", () => {
  it("writes lines of 64 characters", () => {
    const lines = pem.split("\n");
    expect(lines.slice(1, -3).every((line) => line.length === 64)).toBe(true);
    expect(lines.at(-1)).toBe("");
  });

  it("goes there and back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (octets) => {
        expect(hex(derOf(encodePem("X", octets), ["X"]))).toBe(hex(octets));
      }),
    );
  });
});
