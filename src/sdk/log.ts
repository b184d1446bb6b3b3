import { fstatSync, writeSync } from "node:fs";
import { oneLine } from "../../protocol/index.ts";
import { redact } from "./secret.ts";

/** Lines for the journal, one per step: the server, what was asked, the status, how long it took. */
export interface Log {
  error(message: string): void;
  warn(message: string): void;
  /** `-v` */
  info(message: string): void;
  /** `-vv` */
  debug(message: string): void;
}

/** The levels by the numbers of syslog (RFC 5424, table 2). */
const severity = { error: 3, warn: 4, info: 6, debug: 7 } as const;
type Level = keyof typeof severity;

export interface LogSettings {
  /** The helper's name: the syslog identifier, and the start of each line on a terminal. */
  readonly name: string;
  /** How many `-v`: 0 shows errors and warnings, 1 adds info, 2 debug. */
  readonly verbosity: number;
  /** Send the lines to syslog instead of stderr. */
  readonly syslog?: boolean;
}

/** The log of one run. Secrets are taken out of every line, line breaks and other control characters become blanks. */
export function createLog(settings: LogSettings, write = defaultSink(settings)): Log {
  const most = [severity.warn, severity.info][settings.verbosity] ?? severity.debug;
  const at = (level: Level) => (message: string) => {
    if (severity[level] <= most) write(level, inOneLine(redact(message)));
  };
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}

/** `oneLine`, and without the blanks with which the lines of a stack begin. */
function inOneLine(text: string): string {
  return text
    .split(/[\r\n]+/)
    .map(oneLine)
    .filter(Boolean)
    .join(" ");
}

type Sink = (level: Level, line: string) => void;

function defaultSink(settings: LogSettings): Sink {
  return settings.syslog === true ? syslogSink(settings.name) : stderrSink(settings.name);
}

/**
 * stderr is the daemon's own: the journal under systemd. certmonger wipes `JOURNAL_STREAM` from the
 * environment, so the journal is known by its being a socket; there a line starts with its level.
 */
function stderrSink(name: string): Sink {
  let isJournal: boolean | undefined;
  return (level, line) => {
    isJournal ??= isSocket(2);
    writeQuietly(2, isJournal ? `<${severity[level]}>${name}: ${line}\n` : `${name}: ${level}: ${line}\n`);
  };
}

/** One run of `logger` a line, the text on its stdin: nothing of it shows up in the process table. */
function syslogSink(name: string): Sink {
  return (level, line) => {
    const { spawnSync } = process.getBuiltinModule("node:child_process");
    const daemonFacility = 3 * 8;
    const input = `<${daemonFacility + severity[level]}>${line}\n`;
    const logger = spawnSync("logger", ["--tag", name, "--prio-prefix"], { input, timeout: 5_000 });
    if (logger.error !== undefined) writeQuietly(2, `${name}: ${level}: ${line}\n`);
  };
}

function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket();
  } catch {
    return false;
  }
}

/** A log line that can not be written is not worth a failed renewal. */
function writeQuietly(fd: number, text: string): void {
  try {
    writeSync(fd, text);
  } catch {
    // stderr is closed or full
  }
}
