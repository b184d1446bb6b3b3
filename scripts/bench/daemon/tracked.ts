import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { measure } from "../measure.ts";
import { environmentFor, type Getcert, ourGetcert, runGetcert, stockGetcert } from "./getcert.ts";
import { type DaemonName, RunningDaemon, type Time } from "./running-daemon.ts";
import {
  addCa,
  certificateFile,
  countRequests,
  fillStore,
  keyFile,
  makeDirectories,
  makeSigner,
} from "./tracked-store.ts";

/** What tracking so many certificates costs a daemon. */
export interface TrackedCost {
  readonly count: number;
  readonly start: Time;
  /** `getcert list`, ours; the processor time is that of both processes. */
  readonly ourList: Time;
  /** `getcert list`, certmonger's, on one processor with the daemon. */
  readonly stockList: Time;
  /** Of the daemon's whole life, in MB (10^6). */
  readonly peakMb: number;
}

export interface TrackedOptions {
  readonly bin: string;
  /** A directory of `makeModel`. */
  readonly model: string;
  readonly directory: string;
  /** How often it is started and listed; the shortest time counts. */
  readonly starts: number;
  readonly lists: number;
}

/**
 * Has a daemon obtain one certificate, for `fillStore` to copy.
 *
 * @returns the directory
 */
export async function makeModel(bin: string, directory: string): Promise<string> {
  makeDirectories(directory);
  addCa(directory, "Bench", makeSigner(join(directory, "signer")));
  const daemon = await RunningDaemon.launch("ours", directory, bin);
  try {
    const files = ["-k", keyFile(directory, "model"), "-f", certificateFile(directory, "model")];
    const names = ["-N", "CN=model.example.test", "-D", "model.example.test", "-G", "EC", "-g", "256"];
    await runGetcert(daemon, ourGetcert(bin), [
      "request",
      "-c",
      "Bench",
      "-I",
      "model",
      "-w",
      "--wait-timeout",
      "30",
      ...names,
      ...files,
    ]);
  } finally {
    await daemon.stop();
  }
  if (countRequests(directory, "MONITORING") !== 1) throw new Error("there is no certificate to copy");
  return directory;
}

/**
 * Starts a daemon on so many tracked certificates, and lists them.
 *
 * The shortest time of several runs counts: what other programs take of the processor is not ours. certmonger's getcert
 * makes 34 calls for each certificate, one after the other; so it and the daemon never run at the same time, and do so on
 * one processor: waking another one can cost more than the call itself, in a virtual machine three times as much.
 */
export async function measureTracked(
  name: DaemonName,
  count: number,
  { bin, model, directory, ...times }: TrackedOptions,
): Promise<TrackedCost> {
  fillStore(directory, model, count);
  try {
    const starts: Time[] = [];
    for (let start = 1; start < times.starts; start++) {
      const daemon = await RunningDaemon.launch(name, directory, bin);
      starts.push(daemon.start);
      await daemon.stop();
    }
    const daemon = await RunningDaemon.launch(name, directory, bin);
    try {
      starts.push(daemon.start);
      await casRest(daemon);
      const lists = (getcert: Getcert, within: readonly string[] = []): Time =>
        shortest(Array.from({ length: times.lists }, () => list(daemon, { getcert, within, count })));
      const ourList = lists(ourGetcert(bin));
      const processor = oneProcessor();
      daemon.pin(processor);
      const stockList = lists(stockGetcert, ["taskset", "-c", processor]);
      return { count, start: shortest(starts), ourList, stockList, peakMb: daemon.peakMb() };
    } finally {
      await daemon.stop();
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Waits until the CAs of a daemon have answered: nothing but the calls of getcert is measured. */
async function casRest({ directory }: RunningDaemon): Promise<void> {
  for (let before = -1, size = 0; before !== size; ) {
    await sleep(300);
    before = size;
    ({ size } = statSync(join(directory, "daemon.log")));
  }
}

interface Listing {
  readonly getcert: Getcert;
  readonly within: readonly string[];
  readonly count: number;
}

/** @throws {Error} when not all of them are listed */
function list(daemon: RunningDaemon, { getcert, within, count }: Listing): Time {
  const all = new RegExp(`tracked: ${count}\\.\\n(?:[^]*?\\tstatus: MONITORING\\n){${count}}`);
  const command = { argv: [...getcert, "list"], environment: environmentFor(daemon), within };
  const before = daemon.cpuMs();
  const { wallMs, cpuMs } = measure(command, all);
  return { wallMs, cpuMs: cpuMs + daemon.cpuMs() - before };
}

/** Each part on its own. */
function shortest(times: readonly Time[]): Time {
  return {
    wallMs: Math.min(...times.map(({ wallMs }) => wallMs)),
    cpuMs: Math.min(...times.map(({ cpuMs }) => cpuMs)),
  };
}

/** The last of the processors that we may use. */
function oneProcessor(): string {
  const status = readFileSync("/proc/self/status", "utf8");
  return /^Cpus_allowed_list:.*?(\d+)$/m.exec(status)?.[1] ?? "0";
}
