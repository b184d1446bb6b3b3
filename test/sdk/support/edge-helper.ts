import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createCertificate, readCertificate } from "../../../src/x509/certificate.ts";
import { readCsr } from "../../../src/x509/csr.ts";
import { newDirectory } from "../../support/directory.ts";

const script = join(import.meta.dirname, "../../fixtures/sdk/edge-helper.ts");

export interface Run {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Called with the running process. */
  readonly meanwhile?: (child: ChildProcess) => void;
}

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the fixture as a process, with an environment that holds only what is given. */
export async function runEdgeHelper({ args = [], env = {}, input, meanwhile }: Run): Promise<Outcome> {
  const state = env.STATE ?? newDirectory();
  const child = spawn(process.execPath, [script, "--state-directory", state, ...args], {
    env: { ...env },
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  child.stdin?.end(input);
  const chunks = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk) => {
    chunks.stdout += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    chunks.stderr += chunk;
  });
  meanwhile?.(child);
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, ...chunks };
}

/** A CSR, a certificate for its key, one for another key, and the root that signed both; all by openssl. */
export function makeCertificates() {
  const directory = newDirectory();
  const at = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: directory, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-days",
    "90",
    "-subj",
    "/CN=Edge CA",
  );
  for (const name of ["leaf", "other"]) {
    openssl("req", "-new", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    const signing = ["x509", "-req", "-in", `${name}.csr`, "-CA", "ca.pem", "-CAkey", "ca.key"];
    openssl(...signing, "-days", "30", "-out", `${name}.pem`);
  }
  const caKey = createPrivateKey(readFileSync(at("ca.key")));
  const ca = readCertificate(readFileSync(at("ca.pem"), "utf8"));
  const csr = readFileSync(at("leaf.csr"), "utf8");
  /** A certificate for the CSR that is valid only between two days from now. */
  const dated = (name: string, fromDays: number, toDays: number) => {
    const day = (days: number) => new Date(Date.now() + days * 86_400_000);
    const { subjectDer, spkiDer } = readCsr(csr);
    const names = { subjectDer, issuerDer: ca.subjectDer, spkiDer, serial: "0123", extensions: [] };
    const dates = { notBefore: day(fromDays), notAfter: day(toDays) };
    writeFileSync(at(name), createCertificate({ ...names, ...dates, issuerKey: caKey }));
    return at(name);
  };
  return { at, csr, openssl, dated };
}
