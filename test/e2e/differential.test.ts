import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { caInterface } from "../../src/bus/certmonger.ts";
import { asText, asTexts, plain } from "../../src/bus/values.ts";
import { readCas } from "../../src/getcert/ca-view.ts";
import { Client } from "../../src/getcert/client.ts";
import { readRequests } from "../../src/getcert/request-view.ts";
import { CertmongerLab } from "./support/certmonger-lab.ts";
import { type Case, cases, type Outcome } from "./support/differential-cases.ts";
import { eventually } from "./support/eventually.ts";
import { OurDaemon } from "./support/our-daemon.ts";
import { need } from "./support/peers.ts";
import { attempt, run } from "./support/run.ts";

const { leaveOut, note } = need("certmonger", "openssl");
const player = fileURLToPath(new URL("../fixtures/helpers/play-a-case.sh", import.meta.url));

interface Peer {
  readonly directory: string;
  readonly address: string;
  readonly log: () => string;
}

describe.skipIf(leaveOut)(`a helper has the same fate with our daemon as with certmonger${note}`, () => {
  let certmonger: ReadonlyMap<string, Outcome>;
  let ours: ReadonlyMap<string, Outcome>;

  beforeAll(async () => {
    [certmonger, ours] = await Promise.all([playOnCertmonger(), playOnOurDaemon()]);
  });

  it.each(cases)("$name", ({ name, difference }) => {
    const theirs = certmonger.get(name);
    expect(theirs).toBeDefined();
    expect(ours.get(name)).toEqual({ ...theirs, ...difference?.ours });
  });

  it("all of at least 45 cases were played, and they have many ends", () => {
    expect(certmonger.size).toBeGreaterThanOrEqual(45);
    const ends = new Set([...certmonger.values()].map(({ state }) => state));
    for (const end of ["MONITORING", "CA_WORKING", "CA_REJECTED", "CA_UNREACHABLE", "NEED_GUIDANCE"]) {
      expect(ends).toContain(end);
    }
  });
});

/** certmonger saves one certificate at a time, in steps of five seconds: so several of them share the cases. */
async function playOnCertmonger(): Promise<ReadonlyMap<string, Outcome>> {
  const daemons = 4;
  const shares = Array.from({ length: daemons }, (_, share) =>
    cases.filter((_, index) => index % daemons === share),
  );
  const played = await Promise.all(
    shares.map(async (share) => {
      const lab = await CertmongerLab.start();
      try {
        const address = `unix:path=${lab.path("socket")}`;
        return await playAll({ directory: lab.directory, address, log: () => lab.log() }, share);
      } finally {
        await lab.stop();
      }
    }),
  );
  return new Map(played.flatMap((outcomes) => [...outcomes]));
}

async function playOnOurDaemon(): Promise<ReadonlyMap<string, Outcome>> {
  const daemon = await OurDaemon.start();
  try {
    const { directory, address } = daemon;
    return await playAll({ directory, address, log: () => daemon.log() }, cases);
  } finally {
    await daemon.stop();
  }
}

async function playAll(peer: Peer, played: readonly Case[]): Promise<ReadonlyMap<string, Outcome>> {
  const state = join(peer.directory, "cases");
  await mkdir(state);
  await run("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650"],
    ...["-subj", "/O=Lab/CN=Lab CA", "-addext", "basicConstraints=critical,CA:TRUE"],
    ...["-keyout", join(state, "ca.key"), "-out", join(state, "ca.pem")],
  ]);
  const client = await Client.connect("private", { CERTMONGER_PVT_ADDRESS: peer.address }, true);
  try {
    const numbered = played.map((one, index) => ({ one, directory: join(state, String(index)) }));
    // The questions first, all of them: a new answer would start the requests of a CA anew.
    await Promise.all(numbered.map(({ one, directory }) => addCa(peer, one, directory)));
    await questionsAreAnswered(peer, played);
    await Promise.all(numbered.map(({ one, directory }) => play(peer, client, one, directory)));
    const outcomes = await Promise.all(
      numbered.map(
        async ({ one, directory }) => [one.name, await outcome(peer, client, one, directory)] as const,
      ),
    );
    return new Map(outcomes);
  } finally {
    client.close();
  }
}

const getcert = (peer: Peer, ...args: string[]) =>
  attempt("getcert", args, {
    environment: { CERTMONGER_PVT_ADDRESS: peer.address },
    timeoutMs: 120_000,
  });

async function addCa(peer: Peer, one: Case, directory: string): Promise<void> {
  await mkdir(directory);
  await writeFile(join(directory, "calls"), "");
  const scripts = { SUBMIT: one.submit ?? "leaf", POLL: one.poll ?? one.submit ?? "leaf", ...one.data };
  for (const [operation, script] of Object.entries(scripts)) {
    await writeFile(join(directory, operation), `${script}\n`);
  }
  const command =
    one.command?.replaceAll("%", directory) ?? `${player} ${join(peer.directory, "cases")} ${directory}`;
  const { exitStatus, stdout } = await getcert(peer, "add-ca", "-c", one.name, "-e", command);
  expect({ exitStatus, stdout }).toEqual({ exitStatus: 0, stdout: `New CA "${one.name}" added.\n` });
}

/** Each CA that plays has been asked eight questions, and no answer is still being read. */
async function questionsAreAnswered(peer: Peer, played: readonly Case[]): Promise<void> {
  await eventually(
    "all questions are answered",
    () => {
      const resting = new Set(
        [...peer.log().matchAll(/^.*CA\d+\('([^']+)'\)\.(\w+).*$/gm)]
          .filter(([line]) => /Waiting for instructions| in \d+ seconds/.test(line))
          .map(([, ca, phase]) => `${ca}.${phase}`),
      );
      return played.every(({ name }) => [...resting].filter((key) => key.startsWith(`${name}.`)).length >= 8);
    },
    { deadlineMs: 120_000, explain: () => peer.log().split("\n").slice(-30).join("\n") },
  );
}

async function play(peer: Peer, client: Client, one: Case, directory: string): Promise<void> {
  const files = [
    "-k",
    join(directory, "key.pem"),
    "-f",
    join(directory, "cert.pem"),
    "-F",
    join(directory, "roots.pem"),
  ];
  const keys = ["-G", "EC", "-g", "256"];
  const waiting = one.isEndless ? [] : ["-w", "--wait-timeout", "110"];
  await getcert(peer, "request", "-I", one.name, "-c", one.name, ...keys, ...files, ...waiting);
  if (one.until === undefined) return;
  await eventually(
    `"${one.name}" reaches ${one.until}`,
    async () => (await stateOf(client, one.name)) === one.until,
    {
      deadlineMs: 120_000,
      explain: () =>
        peer
          .log()
          .split("\n")
          .filter((line) => line.includes(one.name))
          .slice(-30)
          .join("\n"),
    },
  );
}

async function stateOf(client: Client, id: string): Promise<string | undefined> {
  return (await readRequests(client)).find((request) => request.id === id)?.state;
}

async function outcome(peer: Peer, client: Client, { name }: Case, directory: string): Promise<Outcome> {
  const request = (await readRequests(client)).find(({ id }) => id === name);
  const lines = readFileSync(join(directory, "calls"), "utf8").split("\n").filter(Boolean);
  const isEnrollment = (line: string) => /^(SUBMIT|POLL) /.test(line);
  return {
    states: [...peer.log().matchAll(/Request\d+\('([^']+)'\) moved to state '(\w+)'/g)]
      .filter(([, id]) => id === name)
      .map(([, , state]) => state ?? ""),
    state: request?.state,
    caError: request?.caError,
    calls: lines.filter(isEnrollment),
    questions: lines.filter((line) => !isEnrollment(line)).toSorted(),
    files: Object.fromEntries(
      ["cert.pem", "roots.pem", "key.pem"].map((file) => [file, blocks(join(directory, file))]),
    ),
    ca: await knownOf(client, name),
  };
}

async function knownOf(client: Client, nickname: string): Promise<Readonly<Record<string, unknown>>> {
  const [paths, views] = await Promise.all([client.cas(), readCas(client)]);
  const path = paths[views.findIndex((view) => view.nickname === nickname)] ?? "";
  const values = await client.properties(path, caInterface);
  const certificates = ["root-certs", "root-other-certs", "other-certs"].map((key) => {
    const pairs = plain(values.get(key));
    return [key, Array.isArray(pairs) ? pairs.map((pair) => (Array.isArray(pair) ? pair[0] : pair)) : []];
  });
  const lists = [
    "required-enroll-attributes",
    "required-renew-attributes",
    "supported-profiles",
    "scep-ca-capabilities",
  ];
  return {
    aka: asText(values.get("aka")) ?? "",
    default: asText(values.get("default-profile")) ?? "",
    ...Object.fromEntries(certificates),
    ...Object.fromEntries(lists.map((key) => [key, asTexts(values.get(key)) ?? []])),
  };
}

/** How many PEM blocks are in a file; 0 when there is no file. */
function blocks(file: string): number {
  return existsSync(file) ? (readFileSync(file, "utf8").match(/^-----BEGIN /gm) ?? []).length : 0;
}
