import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { caInterface, managerInterface, requestInterface } from "../../src/bus/certmonger.ts";
import { answerCall } from "../../src/bus/objects.ts";
import { asText, type BusValue, Variant } from "../../src/bus/values.ts";
import { ManualClock } from "../../src/daemon/clock.ts";
import { parseConfiguration } from "../../src/daemon/configuration.ts";
import type { Daemon, TrackedCa, TrackedRequest } from "../../src/daemon/interface.ts";
import { caKind } from "../../src/daemon/service/ca-object.ts";
import { managerKind } from "../../src/daemon/service/manager-object.ts";
import { requestKind } from "../../src/daemon/service/request-object.ts";
import { objectTree } from "../../src/daemon/service/tree.ts";

const base = "/org/fedorahosted/certmonger";

const changes: object[] = [];
const request: TrackedRequest = {
  number: 1,
  record: { id: "web", state: "MONITORING", cert_storage_type: "FILE", cert_storage_location: "/c.pem" },
  state: "MONITORING",
  isStuck: false,
  next: undefined,
  path: "/requests/1",
  modify: async (change) => void changes.push(change),
  resubmit: async () => {},
  rekey: async () => {},
  refresh: async () => false,
  reaches: async () => {},
};
const cas: TrackedCa[] = [1, 2, 3, 4].map((number) => ({
  number,
  record: { id: `ca${number}`, ca_type: "EXTERNAL", ca_external_helper: "/bin/x" },
  path: `/cas/${number}`,
  phases: new Map(),
  modify: async (change) => void changes.push(change),
  refresh: () => {},
  settles: async () => {},
}));
const unused = () => Promise.reject(new Error("not used here"));
const daemon: Daemon = {
  clock: new ManualClock(),
  configuration: parseConfiguration("[defaults]\nnotification_method=none\n", new Date()),
  requests: [request],
  cas,
  requestAt: (number) => (number === request.number ? request : undefined),
  caAt: (number) => cas.find((ca) => ca.number === number),
  findRequest: (id) => (id === "web" ? request : undefined),
  findCa: (id) => cas.find(({ record }) => record.id === id),
  addRequest: unused,
  removeRequest: unused,
  addCa: unused,
  removeCa: unused,
  subscribe: () => () => {},
  stop: async () => {},
};

const tree = objectTree(daemon);
const answer = (path: string, name: string, member: string, signature = "", body: readonly BusValue[] = []) =>
  answerCall(tree, { path, interface: name, member, signature, body }, { uid: 0 });
const properties = "org.freedesktop.DBus.Properties";

describe("introspection", () => {
  it.each(["", "/requests", "/cas", "/requests/Request1", "/cas/CA1"])(
    "of certmonger%s is byte for byte certmonger's",
    async (path) => {
      const file = `../fixtures/introspection/certmonger${path.replaceAll("/", "-")}.xml`;
      const recorded = readFileSync(new URL(file, import.meta.url), "utf8").trimEnd();
      const { body } = await answer(`${base}${path}`, "org.freedesktop.DBus.Introspectable", "Introspect");
      expect(asText(body?.[0])?.trimEnd()).toBe(recorded);
    },
  );
});

describe("each interface", () => {
  it.each([
    { of: managerInterface, kind: managerKind },
    { of: requestInterface, kind: requestKind },
    { of: caInterface, kind: caKind },
  ])("$of.name has all that its definition promises, and nothing else", ({ of, kind }) => {
    expect(Object.keys(kind.methods).sort()).toEqual([...of.methods.keys()].sort());
    expect(Object.keys(kind.properties).sort()).toEqual([...of.properties.keys()].sort());
  });
});

describe("each property that may be written", () => {
  const samples: Readonly<Record<string, BusValue>> = { s: "/a", x: 1n, b: true, as: ["/a"] };
  const writable = [
    { of: requestInterface, path: `${base}/requests/Request1` },
    { of: caInterface, path: `${base}/cas/CA1` },
  ].flatMap(({ of, path }) =>
    of.members
      .filter((member) => member.kind === "property" && member.access === "readwrite")
      .flatMap((member) => (member.kind === "property" ? [{ of: of.name, path, ...member }] : [])),
  );

  it.each(writable)("$name of $of is written", async ({ of, path, name, type }) => {
    changes.length = 0;
    const value = samples[type] ?? expect.unreachable();
    // One of them checks what it is given.
    const sound = name === "template-ms-certificate-template" ? "1.2.3:4" : value;
    await answer(path, properties, "Set", "ssv", [of, name, new Variant(type, sound)]);
    expect(changes).toHaveLength(1);
  });
});

describe("a secret and its file", () => {
  const modify = (...parameters: readonly (readonly [string, string])[]) => {
    changes.length = 0;
    const values = new Map(parameters.map(([name, value]) => [name, new Variant("s", value)]));
    return answer(`${base}/requests/Request1`, requestInterface.name, "modify", "a{sv}", [values]);
  };

  // Measured on certmonger 0.79.17 with getcert resubmit -p, -P, -l, -L.
  it.each([
    { secret: "KEY_PIN", file: "KEY_PIN_FILE", keys: ["key_pin", "key_pin_file"] },
    {
      secret: "template-challenge-password",
      file: "template-challenge-password-file",
      keys: ["template_challenge_password", "template_challenge_password_file"],
    },
  ])(
    "$secret takes the place of $file and the other way round; of both the file counts",
    async ({ secret, file, keys: [text = "", path = ""] }) => {
      await modify([secret, "x"]);
      expect(changes).toEqual([{ [text]: "x", [path]: undefined }]);
      for (const both of [
        [
          [file, "/f"],
          [secret, "x"],
        ],
        [
          [secret, "x"],
          [file, "/f"],
        ],
      ] as const) {
        await modify(...both);
        expect(changes).toEqual([{ [text]: undefined, [path]: "/f" }]);
      }
    },
  );
});

describe("properties", () => {
  const path = `${base}/requests/Request1`;
  const name = requestInterface.name;

  it("Get gives one with its type, and an empty one for what is not set", async () => {
    const get = (property: string) => answer(path, properties, "Get", "ss", [name, property]);
    expect((await get("status")).body).toEqual([new Variant("s", "MONITORING")]);
    expect((await get("ca-error")).body).toEqual([new Variant("s", "")]);
    expect((await get("template-hostname")).body).toEqual([new Variant("as", [])]);
  });

  it("GetAll leaves out what is not set", async () => {
    const [all] = (await answer(path, properties, "GetAll", "s", [name])).body ?? [];
    expect(all).toBeInstanceOf(Map);
    if (!(all instanceof Map)) return;
    expect(all.get("cert-file")).toEqual(new Variant("s", "/c.pem"));
    expect(all.has("ca-error")).toBe(false);
  });

  it("Set changes the request", async () => {
    changes.length = 0;
    await answer(path, properties, "Set", "ssv", [name, "cert-perms", new Variant("x", 0o640n)]);
    expect(changes).toEqual([{ cert_perms: 0o640 }]);
  });

  it.each([
    { what: "an unknown property", property: "nope", value: new Variant("s", ""), error: "UnknownProperty" },
    {
      what: "a property to be read only",
      property: "status",
      value: new Variant("s", ""),
      error: "PropertyReadOnly",
    },
    {
      what: "a value of the wrong type",
      property: "cert-perms",
      value: new Variant("s", "0640"),
      error: "InvalidArgs",
    },
  ])("Set refuses $what", async ({ property, value, error }) => {
    await expect(answer(path, properties, "Set", "ssv", [name, property, value])).rejects.toMatchObject({
      name: `org.freedesktop.DBus.Error.${error}`,
    });
  });
});

describe("calls that lead nowhere", () => {
  it.each([
    { what: "an unknown object", path: "/nope", name: managerInterface.name, member: "get_requests" },
    { what: "an unknown method", path: base, name: managerInterface.name, member: "nope" },
    { what: "an unknown interface", path: base, name: "a.b", member: "get_requests" },
    {
      what: "a method of every JavaScript object",
      path: base,
      name: managerInterface.name,
      member: "toString",
    },
    { what: "arguments of another type", path: base, name: managerInterface.name, member: "remove_request" },
  ])("$what is UnknownMethod, as in certmonger", async ({ path, name, member }) => {
    await expect(answer(path, name, member)).rejects.toMatchObject({
      name: "org.freedesktop.DBus.Error.UnknownMethod",
    });
  });
});
