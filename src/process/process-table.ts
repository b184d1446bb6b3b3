import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { basename } from "node:path";

/** A process as a person would name it. */
export interface ProcessName {
  readonly pid: number;
  /** The command without its directory and arguments. */
  readonly name: string;
}

interface ProcessStatus {
  /** `R`, `S`, `Z`, ...; see proc(5). */
  readonly state: string;
  readonly group: number;
  readonly session: number;
  readonly isExiting: boolean;
}

/** Is the process gone, dead but not yet waited for, or on its way out? */
export function isEnding(pid: number): boolean {
  const status = readStatus(pid);
  return status === undefined || status.state === "Z" || status.isExiting;
}

/** Living processes in the process group or the session of that number. */
export function membersOf(group: number): ProcessName[] {
  return processes((pid) => {
    const status = readStatus(pid);
    return status !== undefined && isMember(status, group) && status.state !== "Z" && !status.isExiting;
  });
}

/** Processes other than this one that have a file open, told by its device and inode. */
export function holdersOf(file: { readonly dev: number; readonly ino: number }): ProcessName[] {
  return processes((pid) => pid !== process.pid && hasOpen(pid, file));
}

/** Sends a signal to each; those that are gone already do not matter. */
export function signalAll(names: readonly ProcessName[], signal: NodeJS.Signals): void {
  for (const { pid } of names) {
    try {
      process.kill(pid, signal);
    } catch {}
  }
}

/** What the kernel allows us to see; a process that ends meanwhile, or is another user's, counts as absent. */
function processes(predicate: (pid: number) => boolean): ProcessName[] {
  let entries: string[] = [];
  try {
    entries = readdirSync("/proc");
  } catch {}
  return entries
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter(predicate)
    .map((pid) => ({ pid, name: nameOf(pid) }));
}

function isMember(status: ProcessStatus, group: number): boolean {
  return status.group === group || status.session === group;
}

/** @see proc(5), /proc/PID/stat; the flag is PF_EXITING of the kernel's include/linux/sched.h */
function readStatus(pid: number): ProcessStatus | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === undefined) {
    return undefined;
  }
  // The second field is the name in parentheses; the name itself may hold blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state = "", , group, session, , , flags] = fields;
  return { state, group: Number(group), session: Number(session), isExiting: (Number(flags) & 0x4) !== 0 };
}

function hasOpen(pid: number, file: { readonly dev: number; readonly ino: number }): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const { dev, ino } = statSync(`/proc/${pid}/fd/${fd}`);
      return dev === file.dev && ino === file.ino;
    });
  } catch {
    return false;
  }
}

function nameOf(pid: number): string {
  const command = readProc(`/proc/${pid}/cmdline`)?.split("\0")[0] ?? "";
  return basename(command) || readExecutable(pid) || "unknown";
}

function readExecutable(pid: number): string {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`));
  } catch {
    return "";
  }
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
