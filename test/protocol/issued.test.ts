import { describe, expect, it } from "vitest";
import { decodeReply, encodeReply, issued, ProtocolError } from "../../protocol/index.ts";
import { intermediate, leaf, named, otherRoot, pem, root } from "./samples.ts";

const decode = (stdout: string) => decodeReply("SUBMIT", { exitStatus: 0, stdout });
const encode = (result: Parameters<typeof issued>[0]) => encodeReply(issued(result)).stdout;

describe("an issued certificate on stdout", () => {
  // certmonger 0.79.17 took each of these, with this outcome.
  const accepted = [
    { name: "the leaf alone", stdout: leaf, chain: [] },
    { name: "leaf and chain", stdout: leaf + intermediate + root, chain: [intermediate, root] },
    { name: "no line end after the last line", stdout: leaf.trimEnd(), chain: [] },
    { name: "CRLF", stdout: (leaf + intermediate).replaceAll("\n", "\r\n"), chain: [intermediate] },
    {
      name: "text around the blocks",
      stdout: `hello\n${leaf}and\n${intermediate}bye\n`,
      chain: [intermediate],
    },
    { name: "text before the first dashes", stdout: `here: ${leaf}`, chain: [] },
    { name: "the same certificate twice", stdout: leaf + leaf, chain: [] },
    { name: "a NUL after it", stdout: `${leaf}\0`, chain: [] },
    { name: "a signing request before it", stdout: pem("csr", "CERTIFICATE REQUEST") + leaf, chain: [] },
    { name: "JSON", stdout: JSON.stringify({ certificate: leaf }), chain: [] },
    {
      name: "JSON with blanks around it",
      stdout: `\n ${JSON.stringify({ certificate: leaf })} \n`,
      chain: [],
    },
    { name: "JSON with raw line ends in a string", stdout: `{"certificate":"${leaf}"}`, chain: [] },
    {
      name: "JSON with the chain in one string",
      stdout: JSON.stringify({ certificate: leaf + root }),
      chain: [root],
    },
    {
      name: "JSON with keys and items that mean nothing",
      stdout: JSON.stringify({
        certificate: leaf,
        x: [1.5, null, true],
        chain: ["y", {}, { certificate: root }],
      }),
      chain: [root],
    },
  ];
  it.each(accepted)("$name", ({ stdout, chain }) => {
    const certificate = leaf;
    expect(decode(stdout)).toEqual(issued({ certificate, chain }));
  });

  it("carries roots in JSON, numbered where they have no nickname of their own", () => {
    const roots = [7, { certificate: root }, { nickname: "both", certificate: root + otherRoot }];
    expect(decode(JSON.stringify({ certificate: leaf, roots }))).toEqual(
      issued({
        certificate: leaf,
        roots: [named("root #2"), named("both"), named("both #2", otherRoot)],
      }),
    );
  });

  // After each of these certmonger 0.79.17 stopped in NEED_GUIDANCE, or hung.
  const refused = [
    { name: "no output", stdout: "" },
    { name: "a line end", stdout: "\n" },
    { name: "a page of HTML", stdout: "<html><body>404</body></html>\n" },
    { name: "an empty object", stdout: "{}" },
    { name: "JSON that is no object", stdout: JSON.stringify(leaf) },
    { name: "two JSON texts", stdout: JSON.stringify({ certificate: leaf }).repeat(2) },
    {
      name: "JSON with an emoji in it",
      stdout: JSON.stringify({ certificate: leaf, roots: [named("\u{1f600}")] }),
    },
    { name: "UTF-8 before the PEM", stdout: `voil\u00e0\n${leaf}` },
    { name: "a NUL before it", stdout: `\0${leaf}` },
    { name: "an indented block", stdout: leaf.replaceAll(/^/gm, "  ") },
    { name: "a block that never ends", stdout: leaf.slice(0, -20) },
    { name: "a block that never ends after a good one", stdout: leaf + root.slice(0, -30) },
    { name: "only a signing request", stdout: pem("csr", "CERTIFICATE REQUEST") },
  ];
  it.each(refused)("is not in $name", ({ stdout }) => {
    expect(() => decode(stdout)).toThrow(ProtocolError);
  });

  // certmonger reads these; here they need x509.
  it.each([
    { name: "DER", stdout: "0\u0082\u0003\u0001", message: /DER/ },
    { name: "PKCS#7", stdout: pem("x", "PKCS7"), message: /PKCS#7/ },
    {
      name: "PKCS#7 under another label",
      stdout: pem(Buffer.from("3082010006092a864886f70d010702a000", "hex")),
      message: /PKCS#7/,
    },
  ])("says that it does not read $name", ({ stdout, message }) => {
    expect(() => decode(stdout)).toThrow(message);
  });
});

describe("writing an issued certificate", () => {
  it("gives each block its own lines, whatever the line ends were", () => {
    const crlf = leaf.replaceAll("\n", "\r\n").trimEnd();
    expect(encode({ certificate: crlf, chain: [intermediate.trimEnd()] })).toBe(leaf + intermediate);
  });

  it("leaves out the text that openssl prints before a certificate", () => {
    expect(encode({ certificate: `Certificate:\n    Data:\n${leaf}` })).toBe(leaf);
  });

  it("uses JSON as soon as there are roots, with certmonger's own nicknames for the chain", () => {
    const stdout = encode({ certificate: leaf, chain: [intermediate], roots: [named("Lab Root")] });
    expect(JSON.parse(stdout)).toEqual({
      certificate: leaf,
      chain: [{ nickname: "chain #1", certificate: intermediate }],
      roots: [{ nickname: "Lab Root", certificate: root }],
    });
    expect(stdout.endsWith("}\n")).toBe(true);
  });

  const refused = [
    { name: "no PEM", result: { certificate: "certificate" } },
    { name: "an empty text", result: { certificate: "" } },
    { name: "two certificates in one", result: { certificate: leaf + intermediate } },
    { name: "a signing request", result: { certificate: pem("csr", "CERTIFICATE REQUEST") } },
    {
      name: "a block without its last line",
      result: { certificate: leaf.slice(0, leaf.indexOf("-----END")) },
    },
    { name: "a block with a character that is not base64", result: { certificate: leaf.replace("A", "*") } },
    { name: "text that is not ASCII", result: { certificate: `Aussteller: K\u00f6ln\n${leaf}` } },
    { name: "an unfinished chain", result: { certificate: leaf, chain: ["-----BEGIN CERTIFICATE-----\n"] } },
    { name: "a root whose nickname is two lines", result: { certificate: leaf, roots: [named("a\nb")] } },
    {
      name: "a root with an emoji in its nickname",
      result: { certificate: leaf, roots: [named("\u{1f600}")] },
    },
  ];
  it.each(refused)("refuses $name", ({ result }) => {
    expect(() => encode(result)).toThrow(ProtocolError);
  });
});
