import { spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { check } from "../../../helpers/self-sign/check.ts";
import { list } from "../../../helpers/self-sign/list.ts";
import { defaultProfileName, profileNames } from "../../../helpers/self-sign/queries.ts";
import { submit } from "../../../helpers/self-sign/submit.ts";
import type { CheckLine } from "../../../src/sdk/helper.ts";
import { createCsr } from "../../../src/x509/csr.ts";
import { generateKey } from "../../../src/x509/keys.ts";
import { newDirectory } from "../../support/directory.ts";
import { makeContext, requestFor, type TestContext } from "./support/context.ts";
import { fromSource } from "./support/run.ts";

const keyPair = generateKey("EC-P256");
const stateFile = (context: TestContext, name: string) => join(context.options.caDataDirectory ?? "", name);

async function issueTwo(): Promise<TestContext> {
  const context = { ...makeContext({}, () => new Date("2026-11-23T12:39:51Z")), caNickname: "Lab" };
  const one = createCsr({
    subject: "CN=www.example.test,O=Lab",
    keyPair,
    subjectAltNames: [
      { type: "dns", value: "www.example.test" },
      { type: "ip", value: "192.0.2.1" },
      { type: "other", der: Uint8Array.of(0x88, 3, 0x2a, 3, 4) },
    ],
  });
  await submit(requestFor(one, { profile: "web" }), context);
  await submit(requestFor(createCsr({ subject: "CN=ldap.example.test", keyPair })), {
    ...context,
    now: () => new Date("2026-12-23T12:00:00Z"),
  });
  return context;
}

describe("list", () => {
  it("shows what was issued as a table", async () => {
    const context = await issueTwo();
    context.printed.length = 0;
    expect(await list({ ...context, now: () => new Date("2027-12-01") })).toBe(0);
    const [heading, ...rows] = context.printed.join("\n").split("\n");
    expect(heading).toMatch(/^ISSUED +EXPIRES +SERIAL +PROFILE +SUBJECT +NAMES$/);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(
      /^2026-11-23 12:39 {2}2027-11-23 12:39 \(over\) {2}[0-9a-f]{40} {2}web .*dns:www.example.test ip:192.0.2.1 other:88032a0304$/,
    );
    expect(rows[1]).toMatch(
      /^2026-12-23 12:00 {2}2027-12-23 12:00 {9}[0-9a-f]{40} {2}- +CN=ldap.example.test +-$/,
    );
  });

  it("keeps what a request said off the terminal, and its line short", async () => {
    const context = makeContext();
    const csr = createCsr({ subject: `CN=${"a".repeat(9_000)}`, keyPair });
    await submit(requestFor(csr, { profile: "\u001b[31mred" }), context);
    context.printed.length = 0;
    await list(context);
    const [, row = ""] = context.printed.join("").split("\n");
    expect(row).toContain(" [31mred  CN=aaa");
    expect(row).toContain("… (9003 characters)");
    expect(row.length).toBeLessThan(300);
  });

  it("shows a record that is long", async () => {
    const context = makeContext();
    await submit(requestFor(createCsr({ subject: "CN=a", keyPair }), {}), context);
    const line = readFileSync(stateFile(context, "issued.jsonl"), "utf8");
    writeFileSync(stateFile(context, "issued.jsonl"), line.repeat(130_000));
    context.printed.length = 0;
    await list(context);
    expect(context.printed.join("").split("\n")).toHaveLength(130_001);
  });

  it("prints JSON on request", async () => {
    const context = await issueTwo();
    context.printed.length = 0;
    await list({ ...context, options: { ...context.options, json: true } });
    expect(JSON.parse(context.printed.join(""))).toEqual([
      {
        time: "2026-11-23T12:39:51.000Z",
        serial: expect.stringMatching(/^[0-9a-f]+$/),
        subject: "CN=www.example.test,O=Lab",
        names: ["dns:www.example.test", "ip:192.0.2.1", "other:88032a0304"],
        notBefore: "2026-11-23T12:39:51.000Z",
        notAfter: "2027-11-23T12:39:51.000Z",
        key: "EC-P256",
        profile: "web",
        ca: "Lab",
        certificate: expect.stringMatching(/^[0-9a-f]{64}$/),
        csr: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      expect.objectContaining({ subject: "CN=ldap.example.test", names: [] }),
    ]);
  });

  it("says so when there is nothing", async () => {
    const context = makeContext();
    await list(context);
    expect(context.printed).toEqual(["no certificates were issued"]);
  });

  it("passes over a damaged line with a warning", async () => {
    const context = await issueTwo();
    appendFileSync(stateFile(context, "issued.jsonl"), '{"time":');
    await list({ ...context, options: { ...context.options, json: true } });
    expect(context.logged.at(-1)).toMatch(/issued.jsonl, line 3: not an entry$/);
    expect(JSON.parse(context.printed.join(""))).toHaveLength(2);
  });
});

describe("--check", () => {
  async function report(context: TestContext): Promise<string[]> {
    const lines: CheckLine[] = [];
    for await (const line of check(context)) lines.push(line);
    return lines.map(({ outcome, text }) => `${outcome}: ${text}`);
  }

  it.each(["", "/below"])("says that this user could not make the CA in DIR%s", (below) => {
    const directory = newDirectory();
    chmodSync(directory, 0o555);
    // Without its capabilities, root may do no more than the mode says.
    const asUser = process.geteuid?.() === 0 ? ["setpriv", "--bounding-set=-all"] : [];
    const [program = "", ...argv] = [...asUser, ...fromSource, "-d", `${directory}${below}`, "--check"];
    const { status, stdout } = spawnSync(program, argv, { encoding: "utf8" });
    expect(stdout).toContain(`FAILED  the CA's state: cannot write to ${directory}: permission denied\n`);
    expect(status).toBe(4);
  });

  it("describes a CA in order, and makes nothing", async () => {
    const context = await issueTwo();
    const before = readdirSync(context.options.caDataDirectory ?? "");
    expect(await report(context)).toEqual([
      expect.stringMatching(
        /^ok: CA: CN=\S+,CN=Local Signing Authority, in \S+\/ca-1.pem, until 2036-11-20; the next one is due 2031-11-22$/,
      ),
      "ok: CA: its key is the one of its certificate; roots that are valid now: 1",
      "ok: certificates live 365 days",
      "ok: policy: none, the default rules apply",
      "ok: certificates on the record: 2",
    ]);
    expect(readdirSync(context.options.caDataDirectory ?? "")).toEqual(before);
  });

  it("says what will be done where there is no CA yet", async () => {
    const context = makeContext();
    expect((await report(context))[0]).toBe(
      "ok: CA: none yet; a new one (EC-P256) will be made on first use",
    );
    writeFileSync(stateFile(context, "creds"), "", { mode: 0o600 });
    expect((await report(context))[0]).toMatch(
      /^ok: CA: none yet; the one of local-submit in \S+creds will be taken over/,
    );
    expect(readdirSync(context.options.caDataDirectory ?? "")).toEqual(["creds"]);
  });

  it("reports everything that is wrong", async () => {
    const context = await issueTwo();
    truncateSync(stateFile(context, "ca-1.pem"), 100);
    appendFileSync(stateFile(context, "issued.jsonl"), "half a line");
    const lines = await report({
      ...context,
      options: { ...context.options, policy: "/no/such/policy.json" },
    });
    expect(lines).toEqual([
      expect.stringMatching(/^failed: the CA in \S+ is damaged/),
      expect.stringMatching(/^failed: cannot read policy \/no\/such\/policy.json/),
      expect.stringMatching(/^warning: certificates on the record: 2; lines that are no entries: 3$/),
    ]);
  });

  it("reports a directory that is none", async () => {
    const directory = join(newDirectory(), "state");
    writeFileSync(directory, "");
    expect((await report(makeContext({ caDataDirectory: directory })))[0]).toMatch(
      /^failed: the CA's state: cannot read directory \S+: not a directory$/,
    );
  });

  it("knows when the clock is before the CA", async () => {
    const context = await issueTwo();
    expect((await report({ ...context, now: () => new Date("2001-01-01") }))[0]).toMatch(
      /^failed: the clock here says 2001/,
    );
  });
});

describe("the profiles of the policy that the README quotes", () => {
  const own = (name: string) => fileURLToPath(new URL(`../../../helpers/self-sign/${name}`, import.meta.url));
  const path = own("policy.example.json");

  it("are those of the file beside it", () => {
    expect(readFileSync(own("README.md"), "utf8")).toContain(
      `\`\`\`json\n${readFileSync(path, "utf8")}\`\`\`\n`,
    );
  });

  it("are the templates that certmonger lists", async () => {
    expect(profileNames(path)).toEqual(["web", "client", "sub-ca"]);
    expect(defaultProfileName(path)).toBe("web");
  });

  it("are absent without a policy", () => {
    expect([profileNames(undefined), defaultProfileName(undefined)]).toEqual([[], undefined]);
  });
});
