import { describe, expect, it } from "vitest";
import { isCompletePem, joinPem, splitPem } from "../../protocol/index.ts";
import { intermediate, leaf, pem } from "./samples.ts";

describe("splitPem", () => {
  it("gives each block with its label, its lines and its content", () => {
    expect(splitPem(pem("abc") + pem("defghi", "NEW CERTIFICATE REQUEST"))).toEqual([
      { label: "CERTIFICATE", text: pem("abc"), base64: "YWJj" },
      {
        label: "NEW CERTIFICATE REQUEST",
        text: pem("defghi", "NEW CERTIFICATE REQUEST"),
        base64: "ZGVmZ2hp",
      },
    ]);
  });

  it.each([
    { name: "CRLF", text: leaf.replaceAll("\n", "\r\n") },
    { name: "CR", text: leaf.replaceAll("\n", "\r") },
    { name: "indented lines", text: leaf.replaceAll(/^/gm, "   ") },
    { name: "blank lines", text: leaf.replaceAll("\n", "\n\n") },
    { name: "blanks at line ends", text: leaf.replaceAll("\n", " \n") },
    { name: "no line end at the end", text: leaf.trimEnd() },
    { name: "text around it", text: `subject=/CN=x\n${leaf}more` },
    { name: "an opening line without its end before it", text: `-----BEGIN CERTIFICATE-----\nAAAA\n${leaf}` },
    { name: "an opening line without its end after it", text: `${leaf}-----BEGIN CERTIFICATE-----\nAAAA\n` },
    { name: "a closing line alone before it", text: `-----END CERTIFICATE-----\n${leaf}` },
    {
      name: "a block with another closing line before it",
      text: `-----BEGIN A-----\nAAAA\n-----END B-----\n${leaf}`,
    },
  ])("finds one clean block in PEM with $name", ({ text }) => {
    expect(splitPem(text).map((block) => block.text)).toEqual([leaf]);
  });

  it.each(["", "text", "-----BEGIN ", "-----BEGIN CERTIFICATE-----", "-----BEGIN\n-----END\n"])(
    "finds nothing in %j",
    (text) => {
      expect(splitPem(text)).toEqual([]);
    },
  );
});

describe("isCompletePem", () => {
  it.each([leaf, leaf + intermediate, `text\n${leaf}`])("holds for whole blocks", (text) => {
    expect(isCompletePem(text)).toBe(true);
  });

  const incomplete = [
    { name: "no block at all", text: "text" },
    { name: "a block cut at any place", text: leaf.slice(0, 60) },
    { name: "the last dashes missing", text: leaf.slice(0, -3) },
    { name: "a second block cut", text: leaf + leaf.slice(0, 40) },
    { name: "an opening line alone", text: `${leaf}-----BEGIN\n` },
    { name: "a closing line alone", text: `${leaf}-----END CERTIFICATE-----\n` },
    { name: "an empty block", text: pem("") },
    { name: "content that is not base64", text: leaf.replace("A", "*") },
    { name: "content with a character missing", text: leaf.replace(/.\n-----END/, "\n-----END") },
  ];
  it.each(incomplete)("does not hold for $name", ({ text }) => {
    expect(isCompletePem(text)).toBe(false);
  });

  it("does not hold for a certificate cut anywhere", () => {
    for (let length = 0; length < leaf.length - 1; length++) {
      expect(isCompletePem(leaf.slice(0, length)), `cut at ${length}`).toBe(false);
    }
  });
});

describe("joinPem", () => {
  it("puts blocks back in a row", () => {
    expect(joinPem(splitPem(leaf + intermediate))).toBe(leaf + intermediate);
  });
});
