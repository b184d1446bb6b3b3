import { describe, expect, it } from "vitest";
import {
  chooseLdapUrl,
  chooseServerUrl,
  type PlaceOptions,
  parseIpaConfig,
} from "../../../helpers/ipa/ipa-config.ts";

describe("default.conf", () => {
  it.each([
    { name: "reads keys and values", text: "[global]\nserver = ipa.test\n", server: "ipa.test" },
    {
      name: "allows blanks before and none around",
      text: "[global]\n  server=ipa.test\n",
      server: "ipa.test",
    },
    { name: "takes the first of two", text: "[global]\nserver = a\nserver = b\n", server: "a" },
    { name: "passes over comments", text: "[global]\n#server = a\nserver = b\n", server: "b" },
    { name: "ends the section at the next header", text: "[global]\n[x]\nserver = a\n", server: undefined },
    {
      name: "does not take a second section",
      text: "[global]\na = b\n[x]\n[global]\nserver = a\n",
      server: undefined,
    },
    { name: "knows no key before the section", text: "server = a\n[global]\n", server: undefined },
    { name: "minds letter case", text: "[global]\nServer = a\n", server: undefined },
    { name: "keeps quotes and semicolons", text: '[global]\nserver = "a";b\n', server: '"a";b' },
    { name: "reads CRLF", text: "[global]\r\nserver = a\r\n", server: "a" },
    { name: "passes over empty values", text: "[global]\nserver =\nserver = b\n", server: "b" },
  ])("$name", ({ text, server }) => {
    expect(parseIpaConfig(text).get("server")).toBe(server);
  });
});

const client = { server: "s.test", host: "c.test", xmlrpc_uri: "https://x.test/ipa/xml" };

describe("the server to ask first", () => {
  const table: readonly {
    name: string;
    options?: PlaceOptions;
    config: Record<string, string>;
    url: string | undefined;
  }[] = [
    { name: "is `server`", config: client, url: "https://s.test/ipa/json" },
    {
      name: "is `server` even where jsonrpc_uri names another",
      config: { ...client, jsonrpc_uri: "https://j.test/ipa/json" },
      url: "https://s.test/ipa/json",
    },
    {
      name: "is jsonrpc_uri without a server",
      config: { host: "c.test", jsonrpc_uri: "https://j.test/ipa/session/json" },
      url: "https://j.test/ipa/session/json",
    },
    {
      name: "is xmlrpc_uri with json at its end",
      config: { host: "c.test", xmlrpc_uri: "https://x.test/ipa/xml" },
      url: "https://x.test/ipa/json",
    },
    { name: "is `host` in the end", config: { host: "c.test" }, url: "https://c.test/ipa/json" },
    { name: "is none when nothing names one", config: {}, url: undefined },
    {
      name: "is what -J says",
      options: { jsonrpcUrl: "https://o.test/x/json", host: "h.test" },
      config: client,
      url: "https://o.test/x/json",
    },
    {
      name: "is what -H says",
      options: { xmlrpcUrl: "https://o.test/ipa/xml" },
      config: client,
      url: "https://o.test/ipa/json",
    },
    { name: "is what -h says", options: { host: "h.test" }, config: client, url: "https://h.test/ipa/json" },
  ];
  it.each(table)("$name", ({ options = {}, config, url }) => {
    expect(chooseServerUrl(options, new Map(Object.entries(config)))?.href).toBe(url);
  });

  it.each(["not a url", "http://plain.test/ipa/json", "ldap://x.test/"])("is not %s", (jsonrpcUrl) => {
    expect(() => chooseServerUrl({ jsonrpcUrl }, new Map())).toThrow(
      expect.objectContaining({ status: "unreachable", message: expect.stringContaining(jsonrpcUrl) }),
    );
  });
});

describe("the directory to ask first", () => {
  it.each([
    { options: {}, config: client, url: "ldap://s.test/" },
    { options: { ldapUrl: "ldaps://l.test" }, config: client, url: "ldaps://l.test" },
    {
      options: {},
      config: { ldap_uri: "ldapi://%2frun%2fslapd.socket", host: "h" },
      url: "ldapi://%2frun%2fslapd.socket",
    },
    { options: {}, config: { host: "h.test" }, url: "ldap://h.test/" },
    { options: { host: "o.test" }, config: client, url: "ldap://o.test/" },
    { options: {}, config: {}, url: undefined },
  ])("$options with $config is $url", ({ options, config, url }) => {
    expect(chooseLdapUrl(options, new Map(Object.entries(config)))?.href).toBe(url);
  });
});
