import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { need } from "./peers.ts";
import { attempt, type Finished, type RunOptions, run } from "./run.ts";

const script = (name: string) =>
  fileURLToPath(new URL(`../../../scripts/lab/kerberos/${name}`, import.meta.url));

export type LabServer = "kdc" | "backend" | "apache" | "slapd" | "dnsmasq";

/** Whether to leave tests out because a lab can not be started here, and the words for the suite's name. */
export function needKerberosLab(): { leaveOut: boolean; note: string } {
  const packages = need(
    ...(["krb5kdc", "kadmin.local", "kinit", "apache2", "slapd", "dnsmasq", "ip", "openssl"] as const),
    "/usr/lib/apache2/modules/mod_auth_gssapi.so",
    "/usr/lib/*/sasl2/libgssapiv2.so*",
  );
  if (packages.note !== "" || process.env.CI === "true" || canMakeNamespaces()) return packages;
  return { leaveOut: true, note: " (left out: needs root, and the right to make namespaces)" };
}

function canMakeNamespaces(): boolean {
  try {
    execFileSync("unshare", ["--net", "--mount", "--uts", "--pid", "--fork", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** A realm with an IPA-like server of its own; see scripts/lab/kerberos/up.sh. */
export class KerberosLab implements AsyncDisposable {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async start(): Promise<KerberosLab> {
    const directory = await mkdtemp(join(tmpdir(), "kerberos-lab-"));
    try {
      await run(script("up.sh"), [directory]);
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
    return new KerberosLab(directory);
  }

  async stop(): Promise<void> {
    await run(script("down.sh"), [this.directory]);
    await rm(this.directory, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** A path below the lab's directory: `host.keytab`, `tls/ca.crt`. */
  path(relative: string): string {
    return join(this.directory, relative);
  }

  /** Runs a program as if on client.example.test, whatever its exit status. */
  attempt(program: string, args: readonly string[], options?: RunOptions): Promise<Finished> {
    return attempt(script("run.sh"), [this.directory, program, ...args], options);
  }

  /** Runs a program as if on client.example.test, which must succeed, and returns its stdout. */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<string> {
    return run(script("run.sh"), [this.directory, program, ...args], options);
  }

  /** Stops a server, or freezes it: then it takes connections and never answers. */
  async server(
    action: "start" | "stop" | "freeze" | "thaw",
    server: LabServer,
    settings?: RunOptions,
  ): Promise<void> {
    await this.run(script("server.sh"), [action, server], settings);
  }

  /** Does something while a server is stopped or frozen. */
  async without<T>(action: "stop" | "freeze", server: LabServer, work: () => Promise<T>): Promise<T> {
    await this.server(action, server);
    try {
      return await work();
    } finally {
      await this.server(action === "stop" ? "start" : "thaw", server);
    }
  }

  /**
   * Does something while KDC and web server have another clock, an offset as faketime wants it (`-2h`). (Our own helper
   * can not be given one: RTLD_DEEPBIND passes over what faketime puts before libc.)
   */
  async withServersAt<T>(clock: string, work: () => Promise<T>): Promise<T> {
    const restart = async (environment: Record<string, string>) => {
      for (const server of ["kdc", "apache"] as const) {
        await this.server("stop", server);
        await this.server("start", server, { environment });
      }
    };
    await restart({ CLOCK: clock });
    try {
      return await work();
    } finally {
      await restart({});
    }
  }

  /** Does something with another /etc/ipa/default.conf, which is only to be seen from inside of the lab. */
  async withConfiguration<T>(text: string, work: () => Promise<T>): Promise<T> {
    const path = this.path("other-default.conf");
    await writeFile(path, text);
    await this.run("cp", [path, "/etc/ipa/default.conf"]);
    try {
      return await work();
    } finally {
      await this.run("cp", [this.path("etc/ipa/default.conf"), "/etc/ipa/default.conf"]);
    }
  }

  /** What the backend was asked so far, without tickets and cookies. */
  requests(): { method: string; url: string; headers: Record<string, string>; body: string }[] {
    const file = this.path("log/requests.jsonl");
    if (!existsSync(file)) return [];
    return readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }
}
