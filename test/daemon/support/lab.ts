import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CertificateWish, ManualClock, type OwnDaemon, startDaemon } from "../../../src/daemon/index.ts";
import type { DaemonOptions } from "../../../src/daemon/options.ts";

const fixtures = fileURLToPath(new URL("../../fixtures/helpers/", import.meta.url));

/** A daemon with a clock that stands still, in a directory of its own. */
export class Lab {
  readonly directory = mkdtempSync(join(tmpdir(), "daemon-"));
  readonly log: string[] = [];
  #daemons: OwnDaemon<ManualClock>[] = [];

  path(name: string): string {
    return join(this.directory, name);
  }

  async start(
    options: Partial<Omit<DaemonOptions, "clock">> & { clock?: ManualClock } = {},
  ): Promise<OwnDaemon<ManualClock>> {
    const daemon = await startDaemon({
      directory: this.path("state"),
      clock: new ManualClock(),
      log: (_level, line) => this.log.push(line),
      ...options,
    });
    this.#daemons.push(daemon);
    return daemon;
  }

  /** A right helper that signs with openssl, as a command line. */
  get signer(): string {
    return `${fixtures}sign-with-openssl.sh ${this.madeCa()}`;
  }

  /** The directory of the CA that the fixtures sign with. */
  madeCa(): string {
    // The CA is made on first use, and the eight questions come all at once.
    execFileSync(`${fixtures}sign-with-openssl.sh`, [this.path("ca")], {
      env: { PATH: "/usr/bin:/bin", CERTMONGER_OPERATION: "IDENTIFY" },
    });
    return this.path("ca");
  }

  /** The file of a CA below that one. */
  intermediate(): string {
    const [ca, file] = [this.madeCa(), this.path("intermediate.pem")];
    const issuer = ["-CA", `${ca}/ca.pem`, "-CAkey", `${ca}/ca.key`, "-subj", "/CN=Intermediate"];
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null"];
    const rest = ["-days", "30", "-addext", "basicConstraints=critical,CA:TRUE", "-out", file];
    execFileSync("openssl", ["req", "-x509", ...issuer, ...key, ...rest], { stdio: "ignore" });
    return file;
  }

  /** The command line of one of the fixtures. */
  fixture(name: string, ...words: string[]): string {
    return [`${fixtures}${name}`, ...words].join(" ");
  }

  /** A helper whose SUBMIT and POLL do this, and which keeps the names of the operations it was called for. */
  script(name: string, enrollment: string): string {
    const path = this.path(name);
    const calls = this.path(`${name}.calls`);
    writeFileSync(
      path,
      `#!/bin/sh\ncase $CERTMONGER_OPERATION in\nSUBMIT|POLL) echo "$CERTMONGER_OPERATION $CERTMONGER_CA_COOKIE" >>${calls}\n${enrollment}\n;; *) exit 6;; esac\n`,
    );
    chmodSync(path, 0o755);
    return path;
  }

  calls(name: string): string[] {
    return readFileSync(this.path(`${name}.calls`), "utf8")
      .trim()
      .split("\n")
      .map((line) => line.trim());
  }

  wish(ca: string, name: string, more: Partial<CertificateWish> = {}): CertificateWish {
    return {
      ca,
      id: name,
      hostnames: [`${name}.example.test`],
      keyFile: this.path(`${name}.key`),
      certificateFile: this.path(`${name}.pem`),
      ...more,
    };
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  async end(): Promise<void> {
    for (const daemon of this.#daemons) await daemon.stop();
    rmSync(this.directory, { recursive: true });
  }
}
