import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { caFields, type FieldTable, requestFields } from "../../src/daemon/fields.ts";
import { Store } from "../../src/daemon/store.ts";
import { decodeStoredFile, encodeStoredFile } from "../../src/daemon/store-format.ts";

const recorded = fileURLToPath(new URL("../fixtures/store/", import.meta.url));
const files = (kind: string) => readdirSync(join(recorded, kind)).map((name) => join(recorded, kind, name));

const tables: readonly { kind: string; table: FieldTable }[] = [
  { kind: "requests", table: requestFields },
  { kind: "cas", table: caFields },
];

describe("a file that certmonger wrote", () => {
  const all = tables.flatMap(({ kind, table }) => files(kind).map((path) => ({ path, table })));

  it.each(all)("$path comes back byte for byte", ({ path, table }) => {
    const text = readFileSync(path, "utf8");
    const file = decodeStoredFile(table, text);
    expect(file.unknown).toEqual([]);
    expect(encodeStoredFile(table, file)).toBe(text);
  });

  it("has its values under their own keys", () => {
    const [path = ""] = files("requests");
    const { values } = decodeStoredFile(requestFields, readFileSync(path, "utf8"));
    expect(values).toMatchObject({
      id: "self",
      key_size: 2048,
      key_preserve: false,
      key_perms: 0o640,
      cert_ipaddress: ["192.0.2.1", "2001:db8::1"],
      template_ipaddress: ["192.0.2.1", "2001:db8::1"],
      template_hostname: ["lab.example.com", "alt.example.com"],
      cert_not_after: new Date("2027-11-23T13:37:38Z"),
      last_need_notify_check: new Date(0),
      state: "MONITORING",
    });
    expect(values.csr).toMatch(
      /^-----BEGIN CERTIFICATE REQUEST-----\n[^ ]*-----END CERTIFICATE REQUEST-----\n$/s,
    );
  });

  it("has the nickname of each root with its certificate", () => {
    const { values } = decodeStoredFile(caFields, readFileSync(files("cas")[3] ?? "", "utf8"));
    expect(values.ca_root_certs?.map(({ nickname }) => nickname)).toEqual(["Local Signing Authority"]);
  });
});

describe("the format of the store", () => {
  const decode = (text: string) => decodeStoredFile(requestFields, text);

  it.each([
    { text: "ID=a\n", values: { id: "a" }, why: "keys in any letter case" },
    { text: "# x\n; y\nid=a\n", values: { id: "a" }, why: "comments" },
    { text: "=id=a\n", values: { id: "a" }, why: "an equals sign before the key" },
    { text: "id=a\n b\n", values: { id: "a\nb\n" }, why: "a value of two lines" },
    { text: "id=a=b\n", values: { id: "a=b" }, why: "an equals sign in the value" },
    { text: "id=a", values: { id: "a" }, why: "no line end at the end" },
    { text: "ca_profile=p\n", values: { template_profile: "p" }, why: "a name of an older version" },
    {
      text: "cert_expiration=20271123133738\n",
      values: { cert_not_after: new Date("2027-11-23T13:37:38Z") },
      why: "an older time",
    },
    {
      text: "template_hostname=a\\,b,c\\\\d\n",
      values: { template_hostname: ["a,b", "c\\d"] },
      why: "commas in items",
    },
    { text: " lost\n\nid=a\n", values: { id: "a" }, why: "lines that belong to nothing" },
  ])("reads $why", ({ text, values }) => {
    expect(decode(text)).toEqual({ values, unknown: [] });
  });

  it("keeps what it does not understand, and writes it back", () => {
    const text = "id=a\nkey_size=many\nfuture_key=1\n 2\n";
    const file = decode(text);
    expect(file.unknown).toEqual([
      ["key_size", "many"],
      ["future_key", "1\n2\n"],
    ]);
    expect(encodeStoredFile(requestFields, file)).toBe(text);
  });

  it("takes any list of items there and back", () => {
    void fc.assert(
      fc.property(
        fc.array(
          fc.string({ minLength: 1, maxLength: 8 }).map((item) => item.replace(/\n/g, ",")),
          { minLength: 1, maxLength: 5 },
        ),
        (list) => {
          const text = encodeStoredFile(requestFields, { values: { template_hostname: list }, unknown: [] });
          expect(decode(text).values.template_hostname).toEqual(list);
        },
      ),
    );
  });

  it("takes any text of one line, and any of several that ends with a line end, there and back", () => {
    const line = fc.string({ maxLength: 12 }).map((text) => text.replace(/\n/g, ""));
    void fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), (lines) => {
        const cookie = lines.length === 1 ? `x${lines[0]}` : `x${lines.join("\n")}\n`;
        const text = encodeStoredFile(requestFields, { values: { ca_cookie: cookie }, unknown: [] });
        expect(decode(text).values.ca_cookie).toBe(cookie);
      }),
    );
  });
});

describe("the store's directory", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "store-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("is read without what editors leave behind, and reports what is no record", async () => {
    for (const name of ["a.tmp", "a~", "a.rpmsave", "a.rpmnew", "a.rpmorig", "a#"]) {
      writeFileSync(join(directory, name), "id=ignored\n");
    }
    writeFileSync(join(directory, "1"), "id=one\n");
    writeFileSync(join(directory, "2"), "\0junk");
    writeFileSync(join(directory, "3"), "id=one\nstate=MONITORING\n");
    const { kept, oddities } = await Store.ofRequests(directory).load();
    expect(kept.map(({ record }) => record)).toEqual([{ id: "one" }]);
    expect(oddities).toEqual([
      { path: join(directory, "2"), reason: "there is no id in it" },
      { path: join(directory, "3"), reason: `the id "one" is already in ${join(directory, "1")}` },
    ]);
    expect(readdirSync(directory)).toHaveLength(9);
  });

  it("lists records in the order in which they were made", async () => {
    const names = ["20261123101030-10", "20261123101030-2", "20261123101030", "20261123101031"];
    for (const name of names) writeFileSync(join(directory, name), `id=${name}\n`);
    const { kept } = await Store.ofRequests(directory).load();
    expect(kept.map(({ record }) => record.id)).toEqual([
      "20261123101030",
      "20261123101030-2",
      "20261123101030-10",
      "20261123101031",
    ]);
  });

  it("names new files by the time, counting on when a name is taken, and makes them private", async () => {
    const store = Store.ofRequests(join(directory, "requests"));
    await store.load();
    const now = new Date("2026-11-23T10:10:30.9Z");
    const paths = [store.newPath(now), store.newPath(now), store.newPath(now)];
    expect(paths.map((path) => path.slice(directory.length))).toEqual([
      "/requests/20261123101030",
      "/requests/20261123101030-1",
      "/requests/20261123101030-2",
    ]);
    const path = paths[0] ?? "";
    await store.save({ path, record: { id: "a" }, unknown: [["future", "1"]] });
    expect(readFileSync(path, "utf8")).toBe("id=a\nfuture=1\n");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(store.directory).mode & 0o777).toBe(0o700);
    await store.remove(path);
    await store.remove(path);
    expect(readdirSync(store.directory)).toEqual([]);
  });
});
