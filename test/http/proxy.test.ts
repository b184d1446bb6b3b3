import { describe, expect, it } from "vitest";
import { proxyFor } from "../../src/http/proxy.ts";

const proxy = "http://proxy.example.test:3128";

describe("the proxy for a URL", () => {
  const cases: readonly {
    url?: string;
    environment: Record<string, string>;
    expected: string | undefined;
  }[] = [
    { environment: {}, expected: undefined },
    { environment: { https_proxy: proxy }, expected: proxy },
    { environment: { HTTPS_PROXY: proxy }, expected: proxy },
    { environment: { https_proxy: "proxy.example.test:3128" }, expected: proxy },
    { environment: { https_proxy: "", HTTPS_PROXY: proxy }, expected: proxy },
    { environment: { all_proxy: proxy }, expected: proxy },
    { environment: { http_proxy: proxy }, expected: undefined },
    { url: "http://ipa.example.test/", environment: { http_proxy: proxy }, expected: proxy },
    { url: "http://ipa.example.test/", environment: { HTTP_PROXY: proxy }, expected: undefined },
    ...[
      "*",
      "example.test",
      ".example.test",
      "*.example.test",
      "IPA.Example.Test",
      "other.test, ipa.example.test",
      "a b ipa.example.test:443",
    ].map((no_proxy) => ({ environment: { https_proxy: proxy, no_proxy }, expected: undefined })),
    ...["ample.test", "ipa.example.test:8443", "pa.example.test", "10.0.0.1"].map((no_proxy) => ({
      environment: { https_proxy: proxy, no_proxy },
      expected: proxy,
    })),
    { url: "https://[::1]/", environment: { https_proxy: proxy, no_proxy: "::1" }, expected: undefined },
    { url: "https://10.1.0.1/", environment: { https_proxy: proxy, no_proxy: "0.1" }, expected: proxy },
  ];
  it.each(cases)(
    "$environment gives $expected for $url",
    ({ url = "https://ipa.example.test/", environment, expected }) => {
      expect(proxyFor(new URL(url), environment)?.href.replace(/\/$/, "")).toBe(expected);
    },
  );
});
