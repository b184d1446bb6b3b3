import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { OptionTable } from "../../src/sdk/option-table.ts";
import { readOptions } from "../../src/sdk/options.ts";
import { Secret } from "../../src/sdk/secret.ts";
import { newDirectory } from "../support/directory.ts";

const directory = newDirectory();

const table = {
  url: { type: "string", demandOption: true, describe: "URL of the signing service" },
  hosts: { type: "array", describe: "servers" },
  lifetime: { type: "duration", default: "7d", describe: "validity" },
  attempts: { type: "number", default: 3, describe: "tries" },
  mode: { type: "string", choices: ["fast", "safe"], default: "safe", describe: "how" },
  force: { type: "boolean", describe: "do it anyway" },
  pin: { type: "secret", describe: "PIN" },
} as const satisfies OptionTable;

function file(name: string, content: string, mode = 0o600): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

interface Sources {
  argv?: string[];
  environment?: Record<string, string>;
  envFile?: string;
  config?: unknown;
  caNickname?: string;
}

let made = 0;

async function read({ argv = [], environment = {}, envFile, config, caNickname }: Sources) {
  const extra: string[] = [];
  made++;
  if (envFile !== undefined) extra.push("--environment-file", file(`${made}.env`, envFile));
  if (config !== undefined) extra.push("--config", file(`${made}.json`, JSON.stringify(config)));
  return await readOptions({
    helperName: "my-ca-submit",
    table,
    argv: [...argv, ...extra],
    environment,
    caNickname,
  });
}

describe("precedence", () => {
  const config = { url: "config", cas: { Web: { url: "config of Web" } } };
  const envFile = "MY_CA_SUBMIT_URL=env-file\n";
  const environment = { MY_CA_SUBMIT_URL: "environment" };

  it.each([
    {
      name: "a flag wins over everything",
      sources: { argv: ["--url", "flag"], environment, envFile, config },
      url: "flag",
    },
    { name: "then the environment", sources: { environment, envFile, config }, url: "environment" },
    { name: "then the env file", sources: { envFile, config }, url: "env-file" },
    { name: "then the CA's section", sources: { config, caNickname: "Web" }, url: "config of Web" },
    {
      name: "then the CA's section, whatever the letter case, as for certmonger",
      sources: { config: { url: "config", cas: { wEB: { url: "config of wEB" } } }, caNickname: "Web" },
      url: "config of wEB",
    },
    { name: "then the config file", sources: { config, caNickname: "Other" }, url: "config" },
  ])("$name", async ({ sources, url }) => {
    const options = await read(sources);
    expect(options.problems).toEqual([]);
    expect(options.own.url).toBe(url);
  });

  it("uses defaults where nobody names a value", async () => {
    const { own, common, problems } = await read({ argv: ["--url", "u"] });
    expect(problems).toEqual([]);
    expect(own).toEqual({
      url: "u",
      hosts: [],
      lifetime: 604_800,
      attempts: 3,
      mode: "safe",
      force: false,
      pin: undefined,
    });
    expect(common).toMatchObject({ timeout: 240, retryFor: 0, verbose: 0, check: false });
  });

  it("leaves process.env alone when it reads an env file", async () => {
    await read({ envFile: "MY_CA_SUBMIT_URL=env-file\nSOME_LINE=/nowhere\n" });
    expect(process.env.MY_CA_SUBMIT_URL).toBeUndefined();
    expect(process.env.SOME_LINE).toBeUndefined();
  });
});

describe("problems are all reported, each with its place", () => {
  it.each([
    {
      name: "a missing option says where it may be given",
      sources: {},
      problem: /^--url is missing \(URL of the signing service\); give it .* MY_CA_SUBMIT_URL .* "url" in /,
    },
    {
      name: "a wrong number",
      sources: { argv: ["--url=u", "--attempts=x"] },
      problem: /^--attempts is "x", not a number$/,
    },
    {
      name: "a wrong time",
      sources: { argv: ["--url=u"], envFile: "MY_CA_SUBMIT_LIFETIME=soon" },
      problem: /^MY_CA_SUBMIT_LIFETIME in .*\.env is "soon", not a time such as 90s, 20m, 4h or 7d$/,
    },
    {
      name: "a value that is not allowed",
      sources: { config: { url: "u", mode: "reckless" } },
      problem: /^"mode" in the config file is "reckless", not one of fast, safe$/,
    },
    {
      name: "an empty value of a flag",
      sources: { argv: ["--url="] },
      problem: /^--url has an empty value$/,
    },
    {
      name: "an empty value of a flag with a default",
      sources: { argv: ["--url=u", "--lifetime", ""] },
      problem: /^--lifetime has an empty value$/,
    },
    {
      name: "an empty value of a flag that may be repeated",
      sources: { argv: ["--url=u", "--hosts=", "--hosts=a"] },
      problem: /^--hosts has an empty value$/,
    },
    {
      name: "an empty secret file's name",
      sources: { argv: ["--url=u", "--pin="] },
      problem: /^--pin has an empty value$/,
    },
    {
      name: "an empty value in the config file",
      sources: { config: { url: "" } },
      problem: /^"url" in the config file has an empty value$/,
    },
    {
      name: "an empty name of the config file",
      sources: { argv: ["--url=u", "--config="] },
      problem: /^--config has an empty value$/,
    },
    {
      name: "a misspelt name in the env file",
      sources: { argv: ["--url=u"], envFile: "MY_CA_SUBMIT_LIFTIME=7d\nOTHER_THING=1" },
      problem: /\.env sets MY_CA_SUBMIT_LIFTIME, which is not an option$/,
    },
    {
      name: "a config file that is none",
      sources: { argv: ["--url=u", "--config=/dev/zero"] },
      problem: /^cannot read \/dev\/zero: it is no regular file$/,
    },
    {
      name: "an unknown key of the config file",
      sources: { config: { url: "u", ulr: "x" } },
      problem: /\.json has "ulr", which is not an option$/,
    },
    {
      name: "an unknown key in a CA's section",
      sources: { config: { url: "u", cas: { Web: { moed: "x" } } } },
      problem: /^"cas"."Web" in .*\.json has "moed", which is not an option$/,
    },
    {
      name: "two sections of one CA",
      sources: { config: { url: "u", cas: { Web: {}, web: {} } } },
      problem: /^"cas" in .*\.json has "Web" and "web", which are one CA for certmonger$/,
    },
    {
      name: "a value of the wrong shape",
      sources: { config: { url: { a: 1 } } },
      problem: /^"url" in the config file is neither a text/,
    },
    {
      name: "a named config file that is not there",
      sources: { argv: ["--url=u", "--config=/nowhere.json"] },
      problem: /^cannot read \/nowhere\.json: no such file or directory$/,
    },
  ])("$name", async ({ sources, problem }) => {
    const { problems } = await read(sources);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
  });

  it("reports a config file that is not JSON", async () => {
    const path = file("broken.json", "{");
    const argv = ["--url=u", "--config", path];
    const { problems } = await readOptions({ helperName: "my-ca-submit", table, argv, environment: {} });
    expect(problems).toEqual([expect.stringContaining(`${path} is not JSON`)]);
  });

  it("reports three problems at once", async () => {
    const { problems } = await read({ argv: ["--nope", "--attempts=x"] });
    expect(problems).toHaveLength(3);
  });
});

describe("a file of settings that others can change", () => {
  it.each([
    { flag: "--environment-file", name: "group.env", content: "MY_CA_SUBMIT_URL=u", mode: 0o664 },
    { flag: "--environment-file", name: "world.env", content: "MY_CA_SUBMIT_URL=u", mode: 0o602 },
    { flag: "--config", name: "group.json", content: '{"url":"u"}', mode: 0o660 },
  ])("is refused: $name", async ({ flag, name, content, mode }) => {
    const path = file(name, content, mode);
    const argv = ["--url=u", flag, path];
    const { problems } = await readOptions({ helperName: "my-ca-submit", table, argv, environment: {} });
    expect(problems).toEqual([`${path} can be changed by others: chmod go-w ${path}`]);
  });
});

describe("secrets", () => {
  const pin = "correct horse";

  it("come from the first line of a file that only its owner can read", async () => {
    const { own, problems } = await read({ argv: ["--url=u", "--pin", file("pin", `${pin}\nrest\n`)] });
    expect(problems).toEqual([]);
    expect(own.pin).toBeInstanceOf(Secret);
    expect(own.pin instanceof Secret && own.pin.reveal()).toBe(pin);
    expect(JSON.stringify(own)).not.toContain(pin);
  });

  it("may stand in the env file under a name that ends in _VALUE", async () => {
    const { own } = await read({ argv: ["--url=u"], envFile: `MY_CA_SUBMIT_PIN_VALUE=${pin}\n` });
    expect(own.pin instanceof Secret && own.pin.reveal()).toBe(pin);
  });

  it.each([0o640, 0o604, 0o644])("are refused from a file with mode %o", async (mode) => {
    const path = file(`pin-${mode}`, pin, mode);
    const { problems } = await read({ argv: ["--url=u", "--pin", path] });
    expect(problems).toEqual([`--pin names a secret in ${path}, which others can read (chmod 600 ${path})`]);
  });

  it("are refused from a named pipe, which would be waited for without end", async () => {
    const path = join(directory, "pipe");
    execFileSync("mkfifo", ["-m", "600", path]);
    const { problems } = await read({ argv: ["--url=u", "--pin", path] });
    expect(problems).toEqual([`--pin: cannot read ${path}: it is no regular file`]);
  });

  it("are refused from an env file that others can read", async () => {
    const path = file("open.env", `MY_CA_SUBMIT_PIN_VALUE=${pin}\n`, 0o644);
    const argv = ["--url=u", "--environment-file", path];
    const { problems } = await readOptions({ helperName: "my-ca-submit", table, argv, environment: {} });
    expect(problems.join()).toContain(`${path}, which others can read`);
    expect(problems.join()).not.toContain(pin);
  });
});
