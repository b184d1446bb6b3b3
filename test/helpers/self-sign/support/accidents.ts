import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { readGenerations, signingKey } from "../../../../helpers/self-sign/generations.ts";
import { readRecord } from "../../../../helpers/self-sign/issued-record.ts";
import { makeAuthority, makeSubject } from "../../../../helpers/self-sign/make-authority.ts";
import { rootsOf } from "../../../../helpers/self-sign/roots.ts";
import { decodeReply, ProtocolError } from "../../../../protocol/index.ts";
import { helperEnvironment } from "../../../../src/process/helper-environment.ts";
import { certificateToPem, readCertificate, verifyCertificate } from "../../../../src/x509/certificate.ts";
import { createCsr } from "../../../../src/x509/csr.ts";
import { generateKey } from "../../../../src/x509/keys.ts";
import { newDirectory } from "../../../support/directory.ts";
import { verifiedText } from "./openssl.ts";

const keyPair = generateKey("EC-P256");
let made = 0;

/** A CSR like no other: the same one would be given the same certificate again. */
export function freshCsr(): string {
  return createCsr({ subject: `CN=host-${++made}.example.test`, keyPair });
}

interface Ended {
  readonly exitStatus: number | null;
  readonly stdout: string;
  readonly durationMs: number;
}

/** Runs SUBMIT as certmonger does, and kills it (SIGKILL) after so many milliseconds if it is still there. */
export function submitAndKill(
  command: readonly string[],
  directory: string,
  afterMs?: number,
): Promise<Ended> {
  const [program = "", ...args] = command;
  const startedAt = performance.now();
  const environment = { ...helperEnvironment(), CERTMONGER_OPERATION: "SUBMIT", CERTMONGER_CSR: freshCsr() };
  const child = spawn(program, [...args, "-d", directory, "--ca-key-type", "EC-P256"], {
    env: environment,
    cwd: "/",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const timer = afterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), afterMs);
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString("utf8");
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitStatus) => {
      clearTimeout(timer);
      resolve({ exitStatus, stdout, durationMs: performance.now() - startedAt });
    });
  });
}

/** A state directory whose only CA has more than half of its time behind it. */
export function directoryBeforeRollOver(): string {
  const directory = newDirectory();
  const day = 86_400;
  const { privateKeyPem, certificatePem } = makeAuthority({
    keyKind: "EC-P256",
    subjectDer: makeSubject("Local Signing Authority"),
    validitySeconds: 10 * day,
    now: new Date(Date.now() - 6 * day * 1_000),
  });
  writeFileSync(join(directory, "ca-1.pem"), privateKeyPem + certificatePem, { mode: 0o600 });
  return directory;
}

const known = /^(ca-\d+\.pem|issued\.jsonl|self-sign\.lock|answers)$/;
const left = /^\.ca-\d+\.pem\.[0-9a-f]+\.new$/;

/**
 * Whatever happened in a state directory: its CAs are whole, it holds nothing strange, every certificate that was
 * handed out is on the record, once, and was signed by one of its CAs.
 */
export function expectWhole(directory: string, handedOut: readonly string[]): void {
  const names = readdirSync(directory);
  expect(names.filter((name) => !known.test(name) && !left.test(name))).toEqual([]);
  const generations = readGenerations(directory);
  for (const generation of generations) signingKey(generation);
  const roots = rootsOf(generations);
  const recorded = readRecord(join(directory, "issued.jsonl")).entries.map(({ serial }) => serial);
  expect(new Set(recorded).size).toBe(recorded.length);
  for (const certificate of handedOut.map(readCertificate)) {
    expect(recorded).toContain(certificate.serial);
    expect(roots.some((root) => verifyCertificate(certificate, root))).toBe(true);
  }
}

/** The second opinion on one certificate. */
export function expectVerified(directory: string, certificate: string): void {
  verifiedText(certificate, rootsOf(readGenerations(directory)).map(certificateToPem));
}

/** Runs SUBMIT so many times at once in an empty directory: one CA, and a certificate for each. */
export async function expectOneCaForAll(command: readonly string[], count: number): Promise<void> {
  const directory = newDirectory();
  const runs = await Promise.all(Array.from({ length: count }, () => submitAndKill(command, directory)));
  expect(
    runs.map(({ exitStatus, stdout }) => ({ exitStatus, stdout })).filter((run) => run.exitStatus !== 0),
  ).toEqual([]);
  const certificates = runs.map(({ stdout }) => stdout);
  expect(new Set(certificates.map((pem) => readCertificate(pem).serial)).size).toBe(count);
  expect(readGenerations(directory)).toHaveLength(1);
  expectWhole(directory, certificates);
  expect(readRecord(join(directory, "issued.jsonl"))).toMatchObject({
    entries: { length: count },
    damagedLines: [],
  });
  for (const certificate of certificates) expectVerified(directory, certificate);
}

/** The situations in which a run is killed. */
const situations = [
  { name: "while a first CA is made", directory: newDirectory },
  { name: "while the next CA is made", directory: directoryBeforeRollOver },
  { name: "with a CA that is there", directory: undefined },
] as const;

/**
 * Kills runs at random moments, in each situation in turn; after each, the directory must be whole and the next run
 * must issue a certificate.
 *
 * @returns how many runs were killed before they had answered
 */
export async function expectToSurviveKills(command: readonly string[], count: number): Promise<number> {
  const lasting = newDirectory();
  const handedOut = new Map<string, string[]>();
  let durationMs = (await submitAndKill(command, lasting)).durationMs;
  let killed = 0;
  for (let round = 0; round < count; round++) {
    const situation = situations[round % situations.length] ?? situations[0];
    const directory = situation.directory?.() ?? lasting;
    const before = contents(directory);
    // The first third is Node's own start.
    const afterMs = durationMs * (1 / 3 + Math.random() * 0.8);
    const first = await submitAndKill(command, directory, afterMs);
    const second = await submitAndKill(command, directory);
    const given = [first, second].flatMap(certificateIn);
    if (first.exitStatus === null && first.stdout === "") killed++;

    const where = `killed after ${Math.round(afterMs)} ms, ${situation.name}, in ${directory}`;
    expect(second.exitStatus, `${where}: ${second.stdout}`).toBe(0);
    expect(certificateIn(second), where).toHaveLength(1);
    const all = [...(handedOut.get(directory) ?? []), ...given];
    handedOut.set(directory, all);
    expectWhole(directory, all);
    for (const certificate of certificateIn(second)) expectVerified(directory, certificate);
    for (const [name, content] of before)
      expect(readFileSync(join(directory, name), "utf8"), where).toBe(content);
    if (situation.directory !== undefined) durationMs = second.durationMs;
  }
  return killed;
}

/** The certificate that a run gave to certmonger; none when it was killed before. */
function certificateIn({ stdout }: Ended): string[] {
  try {
    const result = decodeReply("SUBMIT", { exitStatus: 0, stdout });
    return result.status === "issued" ? [result.certificate] : [];
  } catch (error) {
    if (error instanceof ProtocolError) return [];
    throw error;
  }
}

/** The CAs that are there, file by file: no run ever changes one. */
function contents(directory: string): [string, string][] {
  return readdirSync(directory)
    .filter((name) => /^ca-\d+\.pem$/.test(name))
    .map((name) => [name, readFileSync(join(directory, name), "utf8")]);
}
