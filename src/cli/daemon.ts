import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { unlink, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { splitCommandLine } from "../../protocol/index.ts";
import { ManualClock, SystemClock } from "../daemon/clock.ts";
import type { DaemonOptions } from "../daemon/options.ts";
import { defineCommand, UsageError } from "./command.ts";

/** `certmonger-helper daemon --directory DIR -l -n`: the mini reference daemon. */
export const command = defineCommand({
  name: "daemon",
  usage: "[options]",
  describe:
    "A small daemon with certmonger's states, files and D-Bus interface, to try a helper in the whole life of a " +
    "certificate. Not for production.",
  options: {
    directory: {
      type: "string",
      describe: "keep everything below this directory (default: that of CERTMONGER_REQUESTS_DIR)",
    },
    systemBus: {
      type: "boolean",
      alias: "S",
      describe: "serve on the system bus (default without -s, -l, -L)",
    },
    sessionBus: { type: "boolean", alias: "s", describe: "serve on the session bus" },
    privateSocket: { type: "boolean", alias: "l", describe: "serve on a private socket, too" },
    onlyPrivateSocket: { type: "boolean", alias: "L", describe: "serve on a private socket alone" },
    socket: {
      type: "string",
      alias: "P",
      describe: "the private socket: a path, or unix:path=... (default: DIRECTORY/socket)",
    },
    foreground: { type: "boolean", alias: "n", describe: "stay in the foreground (it always does)" },
    debug: { type: "number", alias: "d", default: 0, describe: "log level; 3 shows every change of a state" },
    command: { type: "string", alias: "c", describe: "start this command, and quit when it ends" },
    pidFile: { type: "string", alias: "p", describe: "write the process id to this file" },
    idleTimeout: { type: "number", alias: "b", hidden: true, describe: "accepted and ignored" },
    noIdleTimeout: { type: "boolean", alias: "B", hidden: true, describe: "accepted and ignored" },
    fips: { type: "boolean", alias: "F", hidden: true, describe: "accepted and ignored" },
    clock: {
      type: "string",
      choices: ["system", "manual"],
      default: "system",
      describe: "manual: the clock stands still until --advance moves it",
    },
    advance: {
      type: "duration",
      describe:
        "start nothing: move the clock of the daemon that runs on this socket, and wait for what falls due",
    },
    helperDeadline: {
      type: "duration",
      default: "10m",
      describe: "end a helper or a hook that has not ended by then (certmonger waits for ever)",
    },
    stopDeadline: { type: "duration", default: "10s", describe: "how long to wait for helpers when stopped" },
    restartOnChange: {
      type: "boolean",
      default: true,
      describe: "start requests anew when their CA says something new of itself, as certmonger does",
    },
    installedCas: {
      type: "boolean",
      default: true,
      describe:
        "know the CAs of the helpers that certmonger has installed here; not with a manual clock, for those that can " +
        "not answer are asked every six hours, a whole year long",
    },
  },
  epilogue: [
    "Uses the variables of certmonger: CERTMONGER_REQUESTS_DIR, CERTMONGER_CAS_DIR,",
    "CERTMONGER_LOCAL_CA_DIR, CERTMONGER_CONFIG_DIR. It never uses the directories of an installed",
    "certmonger unless they are named.",
    "",
    "Example:",
    "  certmonger-helper daemon --directory /tmp/lab -L -d 3 --clock manual &",
    "  CERTMONGER_PVT_ADDRESS=unix:path=/tmp/lab/socket certmonger-helper getcert list",
    "  certmonger-helper daemon --directory /tmp/lab --advance 340d",
  ].join("\n"),
  run: async (options, { operands }) => {
    if (operands.length > 0) throw new UsageError(`"${operands[0]}" is not an option (see --help)`);
    const directory = stateDirectory(options.directory);
    const isPrivate = options.privateSocket || options.onlyPrivateSocket;
    const socket = options.socket ?? join(directory, "socket");
    const address = socket.startsWith("/") ? `unix:path=${socket}` : socket;
    if (options.advance !== undefined) return await advance(address, options.advance);
    const { openDaemon } = await import("../daemon/daemon.ts");
    const { startService } = await import("../daemon/service.ts");
    const stopped = stopSignal();
    const daemon = await openDaemon({
      ...fromEnvironment(process.env),
      directory,
      clock: options.clock === "manual" ? new ManualClock() : new SystemClock(),
      log: (level, line) => level <= options.debug && process.stderr.write(`${logTime()} ${line}\n`),
      environment: process.env,
      hasInstalledCas: options.installedCas && options.clock !== "manual",
      helperDeadlineMs: options.helperDeadline * 1000,
      hookDeadlineMs: options.helperDeadline * 1000,
      stopDeadlineMs: options.stopDeadline * 1000,
      restartRequestsOnChange: options.restartOnChange,
    });
    try {
      const starting = startService(daemon, {
        ...(isPrivate && { privateSocket: address }),
        ...(!options.onlyPrivateSocket &&
          (options.sessionBus || options.systemBus || !isPrivate) && {
            bus: options.sessionBus ? ("session" as const) : ("system" as const),
          }),
        log: (line) => process.stderr.write(`${logTime()} ${line}\n`),
      });
      // A bus that does not answer must not keep a signal from being heard.
      const service = await Promise.race([starting, stopped]);
      if (service === undefined) {
        await daemon.stop();
        // The connection that is being made would keep the process.
        process.exit(0);
      }
      try {
        if (options.pidFile !== undefined) await writeFile(options.pidFile, `${process.pid}\n`);
        await Promise.race([stopped, runWith(options.command, service.privateAddress)]);
      } finally {
        await service.close();
      }
    } finally {
      await daemon.stop();
      if (options.pidFile !== undefined) await unlink(options.pidFile).catch(() => {});
    }
    return 0;
  },
});

/** A year of a thousand certificates is a lot of work. */
const advanceDeadlineMs = 60 * 60 * 1000;

/** Moves the clock of a running daemon; says what time it then has. */
async function advance(address: string, seconds: number): Promise<number> {
  const { connectToPeer } = await import("../bus/connect.ts");
  const { own, ownInterface } = await import("../bus/own.ts");
  const connection = await connectToPeer(address).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`no daemon answers on ${address}: ${reason}`, { cause: error });
  });
  try {
    const call = {
      path: own.path,
      interface: ownInterface.name,
      member: "advance",
      signature: "x",
      body: [BigInt(seconds)],
    };
    const [time] = await connection.call(call, advanceDeadlineMs);
    process.stdout.write(`${new Date(Number(time) * 1000).toISOString()}\n`);
    return 0;
  } finally {
    connection.close();
  }
}

/** @throws {UsageError} when nothing says where the state is: an installed certmonger's is not for trying */
function stateDirectory(given: string | undefined): string {
  if (given !== undefined) return resolve(given);
  const requests = process.env.CERTMONGER_REQUESTS_DIR;
  if (requests !== undefined && isAbsolute(requests)) return dirname(requests);
  throw new UsageError("--directory or CERTMONGER_REQUESTS_DIR must say where the daemon keeps its files");
}

function fromEnvironment(environment: NodeJS.ProcessEnv): Partial<DaemonOptions> {
  const {
    CERTMONGER_REQUESTS_DIR: requestsDirectory,
    CERTMONGER_CAS_DIR: casDirectory,
    CERTMONGER_LOCAL_CA_DIR: localCaDirectory,
    CERTMONGER_CONFIG_DIR: configDirectory,
  } = environment;
  return {
    ...(requestsDirectory !== undefined && { requestsDirectory }),
    ...(casDirectory !== undefined && { casDirectory }),
    ...(localCaDirectory !== undefined && { localCaDirectory }),
    ...(configDirectory !== undefined && { configDirectory }),
  };
}

/** SIGHUP, SIGINT and SIGTERM all mean "stop", as for certmonger. */
async function stopSignal(): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => resolve(undefined));
  }
  return await promise;
}

/** Runs the command of `-c` to its end; without one, never ends. */
async function runWith(commandLine: string | undefined, privateAddress: string | undefined): Promise<void> {
  if (commandLine === undefined) return await new Promise<void>(() => {});
  const [name = "", ...words] = splitCommandLine(commandLine);
  const address = privateAddress === undefined ? {} : { CERTMONGER_PVT_ADDRESS: privateAddress };
  const child: ChildProcess = spawn(name, words, { stdio: "inherit", env: { ...process.env, ...address } });
  await once(child, "close");
}

/** `2026-11-23 10:10:30 [4711]`, as certmonger begins its lines. */
function logTime(): string {
  const now = new Date();
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 19)} [${process.pid}]`;
}
