import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { chooseProfile, openProfile } from "../../../helpers/self-sign/policy.ts";
import { readPolicyFile } from "../../../helpers/self-sign/policy-file.ts";
import { HelperFailure } from "../../../protocol/index.ts";
import { newDirectory } from "../../support/directory.ts";

const directory = newDirectory();
let made = 0;

function write(content: unknown, mode = 0o644): string {
  const path = join(directory, `policy-${++made}.json`);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  chmodSync(path, mode);
  return path;
}

function problemsOf(path: string): string {
  try {
    readPolicyFile(path);
  } catch (error) {
    if (error instanceof HelperFailure && error.status === "unconfigured") return error.message;
    throw error;
  }
  throw new Error("the policy was accepted");
}

describe("a policy file", () => {
  it("gives each profile its rules, and the default ones where it has none", () => {
    const path = write({
      defaultProfile: "web",
      profiles: {
        web: {
          description: "servers",
          validity: "90d",
          keyTypes: ["RSA", "EC-P256"],
          minimumRsaBits: 3072,
          names: { dns: ["*.example.test"], ip: ["192.0.2.0/24"] },
          subject: { O: ["Lab"], "2.5.4.5": ["*"] },
          keyUsages: ["digitalSignature"],
          extKeyUsages: ["serverAuth", "1.2.3.4"],
          extensions: ["1.3.6.1.5.5.7.1.24"],
        },
        "sub-ca": { ca: { pathLength: 1 } },
      },
    });
    const { profiles, defaultProfile } = readPolicyFile(path);
    expect(defaultProfile).toBe("web");
    expect(profiles.get("web")).toEqual({
      validity: { months: 0, seconds: 90 * 86_400 },
      keyTypes: ["RSA", "EC-P256"],
      minimumRsaBits: 3072,
      names: { dns: ["*.example.test"], ip: ["192.0.2.0/24"] },
      subject: new Map([
        ["2.5.4.10", ["Lab"]],
        ["2.5.4.5", ["*"]],
      ]),
      wildcards: false,
      keyUsages: ["digitalSignature"],
      extKeyUsages: ["1.3.6.1.5.5.7.3.1", "1.2.3.4"],
      extensions: ["1.3.6.1.5.5.7.1.24"],
    });
    expect(profiles.get("sub-ca")).toEqual({ ...openProfile, ca: { pathLength: 1 } });
  });

  it("is refused with everything that is wrong with it, in one line", () => {
    const path = write({
      defaultProfil: "web",
      defaultProfile: "nobody",
      profiles: {
        web: {
          validity: "soon",
          keyTypes: ["DSA"],
          minimumRsaBits: 512,
          names: { dns: [], ip: ["192.0.2.0/99"], host: ["x"], email: [""] },
          subject: { O: "Lab", CN: ["a"], unit: ["b"] },
          wildcards: "yes",
          keyUsages: ["signing"],
          extKeyUsages: ["webServer"],
          extensions: "1.2.3",
          ca: true,
          maxValidity: "1y",
        },
        "two words": {},
        list: [],
      },
    });
    const message = problemsOf(path);
    expect(message).not.toContain("\n");
    const expected = [
      `policy ${path}: `,
      "defaultProfil is unknown",
      'defaultProfile is "nobody", not the name of a profile',
      'profiles.web.validity is "soon", not a time',
      'profiles.web.keyTypes[0] is "DSA", not one of RSA',
      "profiles.web.minimumRsaBits is 512, not a number from 1024",
      "profiles.web.names.dns is [], not a list with something in it",
      'profiles.web.names.ip[0] is "192.0.2.0/99", not an address range',
      "profiles.web.names.host is unknown",
      'profiles.web.names.email[0] is "", not a pattern',
      'profiles.web.subject.O is "Lab", not a list with something in it',
      "profiles.web.subject.CN has its place in names.commonName",
      "profiles.web.subject.unit is not an attribute of a subject, such as O, or its OID",
      'profiles.web.wildcards is "yes", not true or false',
      'profiles.web.keyUsages[0] is "signing", not a key usage',
      'profiles.web.extKeyUsages[0] is "webServer", not a purpose',
      'profiles.web.extensions is "1.2.3", not a list',
      "profiles.web.ca is true, not an object",
      "profiles.web.maxValidity is unknown",
      'profiles["two words"] must have a name without blanks',
      "profiles.list is [], not an object",
    ];
    expect(expected.filter((part) => !message.includes(part))).toEqual([]);
  });

  const refused = [
    { name: "no JSON", content: "{profiles:", message: /^policy \S+ is not JSON: / },
    {
      name: "JSON of another kind",
      content: "[]",
      message: /it is \[\], not an object; profiles has no profile$/,
    },
    { name: "empty", content: "", message: /^policy \S+ is not JSON: / },
    { name: "without a profile", content: { profiles: {} }, message: /profiles has no profile$/ },
    {
      name: "full of the names of JavaScript",
      content: '{"profiles":{"a":{"extKeyUsages":["constructor"],"__proto__":{}}}}',
      message: /__proto__ is unknown.*"constructor", not a purpose/,
    },
  ];
  it.each(refused)("is refused when it is $name", ({ content, message }) => {
    expect(problemsOf(write(content))).toMatch(message);
  });

  it("is refused when others can change it", () => {
    const path = write({ profiles: { web: {} } }, 0o666);
    expect(problemsOf(path)).toBe(`policy ${path} can be changed by others: chmod go-w ${path}`);
  });

  it("is refused when it is not there", () => {
    expect(problemsOf("/no/such/policy.json")).toBe(
      "cannot read policy /no/such/policy.json: no such file or directory",
    );
  });

  it("is refused when it is a pipe, whose end nobody would wait for", () => {
    const path = join(directory, "pipe");
    execFileSync("mkfifo", ["-m", "600", path]);
    expect(problemsOf(path)).toBe(`cannot read policy ${path}: it is no regular file`);
  });

  it("is read in linear time, whatever stands in its periods", () => {
    const path = write({ profiles: { web: { validity: `${"1".repeat(50_000)}x` } } });
    expect(problemsOf(path)).toContain("profiles.web.validity is");
  });
});

describe("the profile of a request", () => {
  const policy = { profiles: new Map([["web", openProfile]]), defaultProfile: "web" };

  it("is the one it names", () => {
    expect(chooseProfile(policy, "web")).toEqual({ title: 'profile "web"', profile: openProfile });
  });
  it("is the default one when it names none", () => {
    expect(chooseProfile(policy, undefined)).toEqual({ title: 'profile "web"', profile: openProfile });
  });
  it("must be there", () => {
    expect(chooseProfile(policy, "mail")).toEqual({ refusal: 'there is no profile "mail"; there are web' });
  });
  it("must be named when there is no default", () => {
    expect(chooseProfile({ profiles: policy.profiles }, undefined)).toEqual({
      refusal: "the request names no profile and the policy has no default; there are web",
    });
  });
  it("is nothing that a request without a policy has to know", () => {
    expect(chooseProfile(undefined, "whatever")).toEqual({
      title: "the default rules",
      profile: openProfile,
    });
  });
});
