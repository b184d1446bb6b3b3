import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { fetchRoots } from "../../../helpers/self-sign/queries.ts";
import { submit } from "../../../helpers/self-sign/submit.ts";
import { readCertificate } from "../../../src/x509/certificate.ts";
import { createCsr } from "../../../src/x509/csr.ts";
import { encodeBasicConstraints, encodeKeyUsage } from "../../../src/x509/extensions.ts";
import { generateKey } from "../../../src/x509/keys.ts";
import { newDirectory } from "../../support/directory.ts";
import { makeContext, requestFor } from "./support/context.ts";
import { files, openssl, verifiedText } from "./support/openssl.ts";

const keyPair = generateKey("EC-P256");
const example = fileURLToPath(new URL("../../../helpers/self-sign/policy.example.json", import.meta.url));
const context = makeContext({ policy: example, validity: undefined });

async function issue(csr: string, profile?: string) {
  const result = await submit(requestFor(csr, profile === undefined ? {} : { profile }), context);
  if (result.status !== "issued") throw new Error(JSON.stringify(result));
  const roots = (await fetchRoots(context)).roots.map(({ certificate }) => certificate);
  return { pem: result.certificate, text: verifiedText(result.certificate, roots), roots };
}

/** Days from the start to the end of a certificate, without the minutes that it begins in the past. */
function daysOf(pem: string): number {
  const { notBefore, notAfter } = readCertificate(pem);
  return Math.floor((notAfter.getTime() - notBefore.getTime()) / 86_400_000);
}

describe("a certificate of a profile", () => {
  it("lives as long as the profile says", async () => {
    expect(daysOf((await issue(createCsr({ subject: "CN=a.example.test", keyPair }))).pem)).toBe(90);
    expect(daysOf((await issue(createCsr({ subject: "CN=a", keyPair }), "client")).pem)).toBe(30);
    expect(daysOf((await issue(createCsr({ subject: "CN=a", keyPair }), "sub-ca")).pem)).toBe(365);
  });

  it("has the purposes and usages of the profile where the CSR asks for none", async () => {
    const { text } = await issue(createCsr({ subject: "CN=a.example.test", keyPair }));
    expect(text).toMatch(/X509v3 Extended Key Usage: \n\s+TLS Web Server Authentication\n/);
    expect(text).toMatch(/X509v3 Key Usage: critical\n\s+Digital Signature, Key Encipherment\n/);
  });

  it("is a CA's where the profile allows it, with the path length of the profile and the right to sign", async () => {
    const caKeyPair = generateKey("RSA-2048");
    const extensions = [encodeBasicConstraints({ ca: true })];
    const ca = await issue(createCsr({ subject: "CN=Issuing CA", keyPair: caKeyPair, extensions }), "sub-ca");
    expect(ca.text).toMatch(/X509v3 Basic Constraints: critical\n\s+CA:TRUE, pathlen:0\n/);
    expect(ca.text).toMatch(/X509v3 Key Usage: critical\n\s+Certificate Sign, CRL Sign\n/);

    const key = caKeyPair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const csr = createCsr({ subject: "CN=leaf", keyPair });
    const config = "basicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n";
    const paths = files({ ca: ca.pem, key, csr, config });
    const sign = ["x509", "-req", "-in", paths.csr, "-CA", paths.ca, "-CAkey", paths.key, "-CAcreateserial"];
    const leaf = openssl([...sign, "-extfile", paths.config, "-days", "1"]);
    verifiedText(leaf, ca.roots, ["-untrusted", paths.ca]);
  });

  it("is no CA's when the CSR does not ask for it, and then has no right to sign", async () => {
    const { text } = await issue(createCsr({ subject: "CN=a", keyPair }), "sub-ca");
    expect(text).toContain("CA:FALSE");
    expect(text).toMatch(/X509v3 Key Usage: critical\n\s+Digital Signature\n/);
  });
});

describe("a refusal", () => {
  const ask = async (csr: string, profile: string) => {
    const result = await submit(requestFor(csr, { profile }), context);
    return "message" in result ? `${result.status}: ${result.message}` : result.status;
  };

  it("names the rule and the value", async () => {
    const csr = createCsr({ subject: "CN=www.evil.test", keyPair });
    expect(await ask(csr, "web")).toBe(
      'rejected: profile "web" does not allow common name "www.evil.test" (rule names.commonName)',
    );
  });

  it("names the profiles that there are", async () => {
    const csr = createCsr({ subject: "CN=a.example.test", keyPair });
    expect(await ask(csr, "Web\n")).toBe(
      'rejected: there is no profile "Web\\n"; there are web, client, sub-ca',
    );
  });

  it("comes before any CA is made", async () => {
    const csr = createCsr({ subject: "CN=a", keyPair, extensions: [encodeKeyUsage(["cRLSign"])] });
    const fresh = makeContext();
    expect((await submit(requestFor(csr), fresh)).status).toBe("rejected");
    const path = join(newDirectory(), "policy.json");
    writeFileSync(path, '{"profiles":{"web":{}}}');
    const result = await submit(requestFor(csr), makeContext({ policy: path }));
    expect(result).toEqual({
      status: "rejected",
      message: "the request names no profile and the policy has no default; there are web",
    });
    expect(readdirSync(fresh.options.caDataDirectory ?? "")).toEqual([]);
  });
});
