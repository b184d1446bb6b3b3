import type { KeyObject } from "node:crypto";
import { readdirSync } from "node:fs";
import { HelperFailure, splitPem } from "../../protocol/index.ts";
import { errorCode, FileError } from "../../src/files/error.ts";
import { type Certificate, readCertificate } from "../../src/x509/certificate.ts";
import { X509Error } from "../../src/x509/error.ts";
import { readPrivateKeyOf } from "../../src/x509/keys.ts";
import { readKeyFile } from "./key-file.ts";

/**
 * One CA key with its root certificate. When a CA grows old the next generation takes its place, with a new
 * key under the same name; the old root stays known as long as it is valid.
 *
 * A generation is one file, `ca-1.pem`, `ca-2.pem`, …: the private key, its certificate, and the roots of
 * before that were taken over with it. One file, put in place at once: key and certificate can not part.
 */
export interface Generation {
  readonly number: number;
  readonly path: string;
  readonly privateKeyPem: string;
  readonly certificate: Certificate;
  /** Oldest first. */
  readonly earlierRoots: readonly Certificate[];
}

const fileName = /^ca-([1-9]\d{0,5})\.pem$/;

/**
 * All generations of a directory, oldest first; none when there is no such directory.
 *
 * @throws {HelperFailure} unconfigured for a file that is damaged or open to others: nothing is ever put in
 *   its place, because a new CA would be one that nobody trusts
 * @throws {FileError}
 */
export function readGenerations(directory: string): Generation[] {
  return list(directory)
    .flatMap((name) => fileName.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((one, other) => one - other)
    .map((number) => readGeneration(directory, number));
}

export const generationPath = (directory: string, number: number): string => `${directory}/ca-${number}.pem`;

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw FileError.from(error, "read directory", directory);
  }
}

function readGeneration(directory: string, number: number): Generation {
  const path = generationPath(directory, number);
  const blocks = splitPem(readFile(path));
  const [key, own, ...earlier] = blocks;
  if (key?.label !== "PRIVATE KEY" || own === undefined)
    throw damaged(path, "no private key with a certificate");
  try {
    return {
      number,
      path,
      privateKeyPem: key.text,
      certificate: readCertificate(own.text),
      earlierRoots: earlier.map((block) => readCertificate(block.text)),
    };
  } catch (error) {
    if (error instanceof X509Error) throw damaged(path, error.message, error);
    throw error;
  }
}

function readFile(path: string): string {
  try {
    return readKeyFile(path).toString("utf8");
  } catch (error) {
    if (error instanceof FileError && error.code === "NOT-A-FILE") throw damaged(path, "it is not a file");
    throw error;
  }
}

/** The key that a generation signs with. @throws {HelperFailure} when it is not its certificate's */
export function signingKey({ privateKeyPem, certificate, path }: Generation): KeyObject {
  try {
    const privateKey = readPrivateKeyOf(certificate.spkiDer, privateKeyPem);
    if (privateKey !== undefined) return privateKey;
  } catch (error) {
    if (error instanceof X509Error) throw damaged(path, error.message, error);
    throw error;
  }
  throw damaged(path, "its key is not the one of its certificate");
}

/** The message for a CA file that can not be used. */
function damaged(path: string, reason: string, cause?: unknown): HelperFailure {
  const remedy = "restore it from a backup; no new CA takes its place, because nobody would trust it";
  return new HelperFailure("unconfigured", `the CA in ${path} is damaged (${reason}): ${remedy}`, { cause });
}
