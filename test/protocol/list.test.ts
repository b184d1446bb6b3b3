import { describe, expect, it } from "vitest";
import {
  decodeLine,
  decodeList,
  decodeRequirements,
  decodeScepCertificates,
  encodeLine,
  encodeList,
  encodeRequirements,
  encodeScepCertificates,
  ProtocolError,
} from "../../protocol/index.ts";
import { intermediate, leaf, root } from "./samples.ts";

describe("lists", () => {
  it.each([
    { text: "a\nb\n", items: ["a", "b"] },
    { text: "a,b,,c\r\n\r\nd", items: ["a", "b", "c", "d"] },
    { text: "a, b", items: ["a", " b"] },
    { text: "\na\nb\n", items: [] },
    { text: ",a", items: [] },
    { text: "a\0b", items: ["a"] },
    { text: "", items: [] },
  ])("certmonger reads $text as $items", ({ text, items }) => {
    expect(decodeList(text)).toEqual(items);
  });

  it("are written one item a line", () => {
    expect(encodeList(["web", "user certificate"])).toBe("web\nuser certificate\n");
    expect(encodeList([])).toBe("");
  });

  it.each(["", "a,b", "a\nb", "a\rb", "a\0b"])("can not carry the item %j", (item) => {
    expect(() => encodeList(["web", item])).toThrow(ProtocolError);
  });
});

describe("requirements", () => {
  it("are the names of variables", () => {
    expect(encodeRequirements(["subject", "hostnames", "ipAddresses", "issuer"])).toBe(
      "CERTMONGER_REQ_SUBJECT\nCERTMONGER_REQ_HOSTNAME\nCERTMONGER_REQ_IP_ADDRESS\nCERTMONGER_CA_ISSUER\n",
    );
  });

  it("are known in any letter case; others are dropped, and so is one with a blank", () => {
    const text = "certmonger_req_subject,CERTMONGER_CSR, CERTMONGER_REQ_EMAIL,CERTMONGER_CA_PROFILE";
    expect(decodeRequirements(text)).toEqual(["subject", "profile"]);
  });
});

describe("one-line answers", () => {
  it.each([
    { text: "web\n", line: "web" },
    { text: "web\r\nmore\n", line: "web" },
    { text: "\nweb\n", line: undefined },
    { text: "", line: undefined },
  ])("certmonger reads $text as $line", ({ text, line }) => {
    expect(decodeLine(text)).toBe(line);
  });

  it("are written on one line, and nothing as nothing", () => {
    expect(encodeLine("my helper\n1.0")).toBe("my helper 1.0\n");
    expect(encodeLine(undefined)).toBe("");
    expect(encodeLine("")).toBe("");
  });
});

describe("SCEP certificates", () => {
  it("go in a row: RA, CA, the rest", () => {
    const text = encodeScepCertificates([leaf, intermediate, root]);
    expect(text).toBe(leaf + intermediate + root);
    expect(decodeScepCertificates(text)).toEqual([leaf, intermediate, root]);
    expect(decodeScepCertificates("")).toEqual([]);
  });

  it("must be complete", () => {
    expect(() => encodeScepCertificates([leaf, root.slice(0, -9)])).toThrow(ProtocolError);
  });
});
