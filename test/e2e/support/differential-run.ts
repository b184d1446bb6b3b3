import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { caInterface, certmonger, managerInterface } from "../../../src/bus/certmonger.ts";
import { asText, asTexts, type BusValue, plain, Variant } from "../../../src/bus/values.ts";
import { readCas } from "../../../src/getcert/ca-view.ts";
import { Client } from "../../../src/getcert/client.ts";
import { readRequests } from "../../../src/getcert/request-view.ts";
import { CertmongerLab } from "./certmonger-lab.ts";
import type { Case, Outcome } from "./differential-cases.ts";
import { eventually } from "./eventually.ts";
import { OurDaemon } from "./our-daemon.ts";
import { run } from "./run.ts";

const player = fileURLToPath(new URL("../../fixtures/helpers/play-a-case.sh", import.meta.url));

type Outcomes = ReadonlyMap<string, Outcome>;

interface Peer {
  readonly directory: string;
  readonly address: string;
  readonly log: () => string;
  /** Does a request of its own that is on its way make another one wait for seconds? */
  readonly isSerial: boolean;
}

/**
 * Several daemons share the cases, and each has one at a time: certmonger lets one request at a time touch files, and
 * whoever finds that taken looks again after five seconds.
 */
export async function playOnCertmonger(cases: readonly Case[]): Promise<Outcomes> {
  const daemons = 4;
  const played = await Promise.all(
    Array.from({ length: daemons }, async (_, share) => {
      const lab = await CertmongerLab.start();
      try {
        const { directory } = lab;
        const address = `unix:path=${lab.path("socket")}`;
        const own = cases.filter((_, index) => index % daemons === share);
        return await playAll({ directory, address, log: () => lab.log(), isSerial: true }, own);
      } finally {
        await lab.stop();
      }
    }),
  );
  return new Map(played.flatMap((outcomes) => [...outcomes]));
}

export async function playOnOurDaemon(cases: readonly Case[]): Promise<Outcomes> {
  const daemon = await OurDaemon.start();
  try {
    const { directory, address } = daemon;
    return await playAll({ directory, address, log: () => daemon.log(), isSerial: false }, cases);
  } finally {
    await daemon.stop();
  }
}

/** A case where it is played. */
interface Play {
  readonly one: Case;
  readonly directory: string;
  /** Subject of its request: by this the helper of the shared CA knows the case. */
  readonly subject: string;
  readonly ca: string;
}

/** One CA for all cases that ask nothing special of it: else certmonger would ask hundreds of questions at the start. */
const sharedCa = "Shared";
const hasOwnCa = ({ command, data }: Case): boolean => command !== undefined || data !== undefined;

async function playAll(peer: Peer, cases: readonly Case[]): Promise<Outcomes> {
  const state = join(peer.directory, "cases");
  await mkdir(state);
  await run("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650"],
    ...["-subj", "/O=Lab/CN=Lab CA", "-addext", "basicConstraints=critical,CA:TRUE"],
    ...["-keyout", join(state, "ca.key"), "-out", join(state, "ca.pem")],
  ]);
  const plays = cases.map(
    (one, index): Play => ({
      one,
      directory: join(state, `case-${index}`),
      subject: `CN=case-${index}`,
      ca: hasOwnCa(one) ? one.name : sharedCa,
    }),
  );
  const client = await Client.connect("private", { CERTMONGER_PVT_ADDRESS: peer.address }, true);
  try {
    await prepare(peer, client, plays);
    // First those that have long pauses, so that these pass while the others are played.
    const [slow, quick] = [true, false].map((isSlow) =>
      plays.filter(({ one }) => isSlow === Boolean(one.isSlow)),
    );
    for (const play of [...(slow ?? []), ...(quick ?? [])]) {
      await begin(client, play);
      if (peer.isSerial) await isSettled(peer, client, play, { mayPause: true });
    }
    await Promise.all(plays.map((play) => isSettled(peer, client, play, { mayPause: false })));
    const requests = new Map((await readRequests(client)).map((request) => [request.id, request]));
    return new Map(
      await Promise.all(
        plays.map(async (play) => {
          const seen = requests.get(play.one.name);
          const request = { state: seen?.state, isStuck: seen?.isStuck, caError: seen?.caError };
          return [play.one.name, { ...request, ...(await traces(peer, client, play)) }] as const;
        }),
      ),
    );
  } finally {
    client.close();
  }
}

/** Adds the CAs, and waits until their questions are answered: a new answer would start their requests anew. */
async function prepare(peer: Peer, client: Client, plays: readonly Play[]): Promise<void> {
  const state = join(peer.directory, "cases");
  const commands = new Map([[sharedCa, `${player} ${state}`]]);
  for (const { one, directory, ca } of plays) {
    await mkdir(directory);
    await writeFile(join(directory, "calls"), "");
    const scripts = { SUBMIT: one.submit ?? "leaf", POLL: one.poll ?? one.submit ?? "leaf", ...one.data };
    for (const [operation, script] of Object.entries(scripts)) {
      await writeFile(join(directory, operation), `${script}\n`);
    }
    const command = one.command?.replaceAll("%", directory) ?? `${player} ${state} ${directory}`;
    if (hasOwnCa(one)) commands.set(ca, command);
  }
  for (const [ca, command] of commands) {
    await client.call(certmonger.path, managerInterface, "add_known_ca", "ssas", [ca, command, []]);
  }
  await eventually(
    "all questions are answered",
    () => {
      const resting = new Set(
        [...peer.log().matchAll(/^.*CA\d+\('([^']+)'\)\.(\w+).*$/gm)]
          .filter(([line]) => /Waiting for instructions| in \d+ seconds/.test(line))
          .map(([, ca, phase]) => `${ca}.${phase}`),
      );
      return [...commands.keys()].every(
        (ca) => [...resting].filter((key) => key.startsWith(`${ca}.`)).length >= 8,
      );
    },
    { deadlineMs: 120_000, explain: () => peer.log().split("\n").slice(-30).join("\n") },
  );
}

async function begin(client: Client, { one, directory, subject, ca }: Play): Promise<void> {
  const text = (value: string) => new Variant("s", value);
  const [caPath] = await client.call(certmonger.path, managerInterface, "find_ca_by_nickname", "s", [ca]);
  const parameters = new Map<string, BusValue>([
    ["NICKNAME", text(one.name)],
    ["CA", new Variant("o", asText(caPath) ?? "")],
    ["template-subject", text(subject)],
    ["KEY_TYPE", text(one.keyType ?? "EC")],
    ["KEY_SIZE", new Variant("x", one.keyType === "RSA" ? 2048n : 256n)],
    ["KEY_STORAGE", text("FILE")],
    ["KEY_LOCATION", text(join(directory, "key.pem"))],
    ["CERT_STORAGE", text("FILE")],
    ["CERT_LOCATION", text(join(directory, "cert.pem"))],
    ["root-cert-files", new Variant("as", [join(directory, "roots.pem")])],
  ]);
  await client.call(certmonger.path, managerInterface, "add_request", "a{sv}", [parameters]);
}

/** Where a request stays for longer than this test. */
const isAtRest = (state: string, isStuck: boolean): boolean =>
  isStuck || ["MONITORING", "CA_WORKING", "CA_UNREACHABLE"].includes(state);
/** Where a request may stay for half a minute, and touches nothing. */
const isPause = (one: Case, state: string): boolean =>
  state === "CA_WORKING" || ((one.isSlow ?? false) && ["NEED_KEY_PAIR", "NEED_TO_SUBMIT"].includes(state));

async function isSettled(
  peer: Peer,
  client: Client,
  { one }: Play,
  { mayPause }: { readonly mayPause: boolean },
): Promise<void> {
  const found = await client.call(certmonger.path, managerInterface, "find_request_by_nickname", "s", [
    one.name,
  ]);
  const path = asText(found[0]) ?? "";
  await eventually(
    `"${one.name}" reaches ${one.until ?? "its end"}`,
    async () => {
      const { state, isStuck } = await client.status(path);
      if (mayPause && isPause(one, state)) return true;
      return one.until === undefined ? isAtRest(state, isStuck) : state === one.until;
    },
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

/** What a case left in the log, in its files, and with the CA. */
async function traces(
  peer: Peer,
  client: Client,
  { one, directory, ca }: Play,
): Promise<Omit<Outcome, "state" | "isStuck" | "caError">> {
  const lines = readFileSync(join(directory, "calls"), "utf8").split("\n").filter(Boolean);
  const isEnrollment = (line: string) => /^(SUBMIT|POLL) /.test(line);
  const states = [...peer.log().matchAll(/Request\d+\('([^']+)'\) moved to state '(\w+)'/g)]
    .filter(([, id]) => id === one.name)
    .map(([, , state]) => state ?? "");
  return {
    // Where it tries again and again, how often is a matter of time.
    states: one.isEndless ? [...new Set(states)] : states,
    calls: lines.filter(isEnrollment),
    questions: lines.filter((line) => !isEnrollment(line)).toSorted(),
    files: Object.fromEntries(
      ["cert.pem", "roots.pem", "key.pem"].map((file) => [file, blocks(join(directory, file))]),
    ),
    ca: ca === sharedCa ? {} : await knownOf(client, ca),
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
