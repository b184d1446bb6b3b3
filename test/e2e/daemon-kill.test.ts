import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Found, type KilledRequest, KillLab } from "./support/kill-lab.ts";
import { need } from "./support/peers.ts";

/** `DAEMON_KILLS=100 DAEMON_KILL_SEED=7 vitest run --project e2e test/e2e/daemon-kill.test.ts` for a long run. */
const kills = Number(process.env.DAEMON_KILLS ?? 20);
const seed = Number(process.env.DAEMON_KILL_SEED ?? Date.now() % 100_000);
/** So often the requests are brought to their end and looked at; in between the daemon is killed in its recovery, too. */
const looksEvery = Number(process.env.DAEMON_KILL_LOOKS ?? 10);

const { leaveOut, note } = need("getcert", "certutil", "openssl");

describe.skipIf(leaveOut)(`a daemon that is killed again and again${note}`, () => {
  let lab: KillLab;
  beforeEach(async () => {
    lab = await KillLab.make();
  });
  afterEach(async () => await lab.end());

  it(
    `loses no key, no certificate and no hook in ${kills} kills (DAEMON_KILL_SEED=${seed})`,
    async () => {
      const random = randomNumbers(seed);
      const before = new Map<string, Found>();
      const rekeyed = new Set<string>();
      await lab.start();
      await lab.getcert("add-ca", "-c", "Test", "-e", `${signer()} ${lab.path("ca")}`);
      await addMissing(lab);
      let killed = 0;
      while (killed < kills) {
        for (let round = 0; round < looksEvery && killed < kills; round++) {
          const busy = act(lab, random, { before, rekeyed });
          await sleep(random() ** 2 * 2000);
          await lab.kill();
          killed++;
          await busy;
          expect(lab.problemsAtKill(), `kill ${killed}`).toEqual([]);
          lab.launch();
          if (random() < 0.3) {
            // In the middle of its start.
            await sleep(random() * 400);
            await lab.kill();
            killed++;
            lab.launch();
          }
          await lab.listens();
        }
        try {
          await addMissing(lab);
          await lab.allRest();
          await expectWhole(lab, { before, rekeyed });
        } catch (cause) {
          throw new Error(`after ${killed} kills: ${cause}\n${lab.logTail()}`, { cause });
        }
      }
    },
    kills * 10_000 + 60_000,
  );
});

interface Known {
  /** What was found at the last rest. */
  readonly before: Map<string, Found>;
  /** Those whose key may be another one now. */
  readonly rekeyed: Set<string>;
}

const signer = () => new URL("../fixtures/helpers/sign-with-openssl.sh", import.meta.url).pathname;

/** Asks for what a daemon may be asked for, of some requests; the daemon may be killed meanwhile. */
async function act(lab: KillLab, random: () => number, known: Known): Promise<void> {
  const chosen = lab.requests.filter(() => random() < 0.4).map((request) => ({ request, what: random() }));
  for (const { request, what } of chosen) {
    const { id } = request;
    if (what < 0.4) {
      await lab.getcert("resubmit", "-i", id);
    } else if (what < 0.8) {
      known.rekeyed.add(id);
      await lab.getcert("rekey", "-i", id);
    } else {
      await replace(lab, request, known);
    }
  }
}

/** A request is removed with its files, and made anew. */
async function replace(lab: KillLab, request: KilledRequest, { before, rekeyed }: Known): Promise<void> {
  const removed = await lab.getcert("stop-tracking", "-i", request.id);
  if (removed.exitStatus !== 0) return;
  await lab.forget(request);
  before.delete(request.id);
  rekeyed.delete(request.id);
  await lab.getcert("request", ...request.words);
}

async function addMissing(lab: KillLab): Promise<void> {
  const states = await lab.states();
  for (const { id, words } of lab.requests) {
    if (states.has(id)) continue;
    const { exitStatus, stdout } = await lab.getcert("request", ...words);
    expect(exitStatus, `${id} is added: ${stdout}`).toBe(0);
  }
}

async function expectWhole(lab: KillLab, { before, rekeyed }: Known): Promise<void> {
  for (const request of lab.requests) {
    const { id } = request;
    const found = await lab.find(request);
    expect(found.certificateKey, `${id}: the certificate is for the key`).toBe(found.key);
    const earlier = before.get(id);
    if (earlier !== undefined && !rekeyed.has(id)) {
      expect(found.key, `${id}: the key is the one it was`).toBe(earlier.key);
    }
    expect(lab.hookSerials(id, "post").at(-1), `${id}: the post-save hook has seen the certificate`).toBe(
      found.serial,
    );
    expect(lab.hookSerials(id, "pre").length, `${id}: the pre-save hook ran`).toBeGreaterThan(0);
    before.set(id, found);
  }
  rekeyed.clear();
  expect(lab.leftovers()).toEqual([]);
  for (const [database, ids] of [
    ["db1", ["r17", "r18"]],
    ["db2", ["r19", "r20"]],
  ] as const) {
    expect((await lab.keysIn(database)).sort(), `keys in ${database}`).toEqual(ids);
    const certificates = await lab.certificatesIn(database);
    expect(certificates.filter((name) => !/^Lab/.test(name)).sort(), `certificates in ${database}`).toEqual(
      ids,
    );
  }
}

/** The same numbers for the same seed, from 0 to 1. @see mulberry32 */
function randomNumbers(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
