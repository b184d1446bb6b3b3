import { describe, expect, it } from "vitest";
import { csrSubject } from "../../src/daemon/csr-subject.ts";
import { opensslText } from "../x509/openssl.ts";

/** As OpenSSL shows it: `CN=P:www` for a PrintableString, `U` for UTF8String, `I` for IA5String. */
async function shown(text: string, storage: "FILE" | "NSSDB"): Promise<string> {
  const der = csrSubject({ id: "a", template_subject: text, key_storage_type: storage }, () => {});
  const lines = await opensslText(["asn1parse", "-inform", "DER"], der);
  const found = [...lines.matchAll(/OBJECT\s+:(.*)\n.*prim:\s+(\w)\w+\s+:(.*)/g)];
  return found.map(([, type, tag, value]) => `${type}=${tag}:${value}`).join(",");
}

// Each row was seen with certmonger 0.79.17; those for files are compared with it in test/e2e/daemon-csr.test.ts.
describe("the subject of a CSR for a key in an NSS database", () => {
  it.each([
    { text: "CN=a+OU=b,O=c", is: "organizationName=P:c,commonName=P:a,organizationalUnitName=P:b" },
    { text: 'CN=a\\,b,O="c, d"', is: "organizationName=P:c, d,commonName=P:a,b" },
    { text: "CN=a;O=b", is: "organizationName=P:b,commonName=P:a" },
    { text: "cn=*.x,c=us", is: "countryName=P:us,commonName=U:*.x" },
    { text: "E=a@b.c,CN=x", is: "commonName=P:x,emailAddress=I:a@b.c" },
    { text: "CN=#0c0161", is: "commonName=U:a" },
    // What NSS does not read is a CN.
    ...["emailAddress=a@b.c,CN=x", "GN=g,CN=x", "CN=,O=y", "CN=a=b,O=c", "CN=a<b", "C=USA,CN=x"].map(
      (text) => ({
        text,
        is: `commonName=P:${text}`,
      }),
    ),
    { text: "serialNumber=a_b,CN=x", is: "commonName=P:serialNumber=a_b,CN=x" },
    { text: "/O=x/CN=y", is: "commonName=P:/O=x/CN=y" },
    { text: "no name", is: "commonName=P:no name" },
    { text: "", is: "commonName=P:localhost" },
  ])("of $text is $is", async ({ text, is }) => {
    expect(await shown(text, "NSSDB")).toBe(is);
  });
});

describe("the subject of a CSR for a key in a file", () => {
  it.each([
    { text: "CN=a+OU=b,O=c", is: "commonName=P:a,organizationalUnitName=U:b,organizationName=U:c" },
    { text: "CN=a\\,b,O=c", is: "commonName=P:a,b,organizationName=U:c" },
    { text: "CN=*.x,C=US", is: "commonName=P:*.x,countryName=P:US" },
    { text: "E=a@b.c,CN=x", is: "commonName=P:x" },
    { text: "CN=a;O=b", is: "commonName=P:CN=a;O=b" },
    { text: "", is: "commonName=P:localhost" },
  ])("of $text is $is", async ({ text, is }) => {
    expect(await shown(text, "FILE")).toBe(is);
  });

  it("is told of what it leaves out", () => {
    const log: string[] = [];
    csrSubject({ id: "a", template_subject: "E=a@b.c,C=USA,CN=x" }, (problem) => log.push(problem));
    expect(log).toEqual([
      '"E=a@b.c" is left out of the subject: certmonger\'s OpenSSL knows no such type of attribute',
      '"C=USA" is left out of the subject: it has 3 characters',
    ]);
  });
});
