import { hostname } from "node:os";
import { resolve } from "node:path";
import { type Environment, ProtocolError, splitCommandLine } from "../../../protocol/index.ts";
import { isHandedDown } from "../../process/helper-environment.ts";
import type { OptionValues } from "../../sdk/option-table.ts";
import { type KeyKind, type KeyPair, keyPairOf, readPrivateKey } from "../../x509/keys.ts";
import { UsageError, type Words } from "../command.ts";
import { expectWordsApart } from "../helper-words.ts";
import { certificateText, csrText, expectWritable, readInput } from "./inputs.ts";
import type { enrollOptions } from "./options.ts";

export type EnrollValues = OptionValues<typeof enrollOptions>;

/** What is to be enrolled, through which helper, and how long to go on. */
export interface EnrollPlan {
  readonly helper: readonly string[];
  readonly wish: Wish;
  readonly keyKind: KeyKind;
  /** The key to use at first; absent: a new one. */
  readonly keyPair?: KeyPair;
  /** PEM; sent as it is, so there is no key. */
  readonly ownCsr?: string;
  readonly files: { readonly key?: string; readonly certificate?: string; readonly roots?: string };
  readonly daemonEnvironment: Environment;
  readonly deadlineMs: number;
  readonly pollIntervalMs: number;
  readonly longestWaitMs: number;
  readonly maximumRuns: number;
}

/** What the certificate is to be for. */
export interface Wish {
  readonly subject: string;
  readonly dns: readonly string[];
  readonly ip: readonly string[];
  readonly email: readonly string[];
  readonly principal: readonly string[];
  readonly profile?: string;
  readonly issuer?: string;
  readonly caNickname: string;
  /** PEM; makes it a renewal. */
  readonly previousCertificate?: string;
}

/**
 * Turns options into a plan; reads the files that they name.
 *
 * @throws {UsageError} for options that do not fit together, unusable values and files
 */
export async function planEnrollment(values: EnrollValues, words: Words): Promise<EnrollPlan> {
  const helper = helperCommand(values, words);
  const keyKind = readKeyKind(values.keyType, values.keySize);
  if (values.csr !== undefined && values.key !== undefined) {
    throw new UsageError("--csr and --key exclude each other: the key of a CSR of yours stays with you");
  }
  const ownCsr = values.csr && (await readInput(values.csr, csrText));
  const previousCertificate = values.renew && (await readInput(values.renew, certificateText));
  const keyPair =
    values.key && (await readInput(values.key, (text) => keyPairOf(readPrivateKey(text)), true));
  await expectWritable(values.key, values.certificate, values.roots);
  const firstName = values.dns[0] ?? hostname();
  const isUnnamed = [values.dns, values.ip, values.email, values.principal].every(
    (names) => names.length === 0,
  );
  return {
    helper,
    wish: {
      subject: values.subject ?? `CN=${firstName}`,
      dns: isUnnamed && values.subject === undefined ? [firstName] : values.dns,
      ip: values.ip,
      email: values.email,
      principal: values.principal,
      ...(values.profile && { profile: values.profile }),
      ...(values.issuer && { issuer: values.issuer }),
      caNickname: values.ca,
      ...(previousCertificate && { previousCertificate }),
    },
    keyKind,
    ...(keyPair && { keyPair }),
    ...(ownCsr && { ownCsr }),
    files: {
      ...(values.key && { key: values.key }),
      ...(values.certificate && { certificate: values.certificate }),
      ...(values.roots && { roots: values.roots }),
    },
    daemonEnvironment: readDaemonEnvironment(values.env),
    deadlineMs: values.timeout * 1000,
    pollIntervalMs: values.pollInterval * 1000,
    longestWaitMs: values.maxWait * 1000,
    maximumRuns: values.maxRuns,
  };
}

function helperCommand({ helper }: EnrollValues, { operands, rest = [] }: Words): readonly string[] {
  if (operands.length > 0) {
    throw new UsageError(`"${operands[0]}" is not an option: write -- before the helper's command`);
  }
  if ((helper !== undefined) === rest.length > 0) {
    throw new UsageError(
      helper === undefined
        ? "name the helper: certmonger-helper enroll [options] -- HELPER [ARGUMENT...]"
        : "name the helper once: either with -e or after --",
    );
  }
  if (helper === undefined) {
    expectWordsApart(rest, "-- HELPER ARGUMENT..., or give them as one string with -e");
    const [name = "", ...helperArguments] = rest;
    // For the convenience of the shell's file name completion. certmonger itself starts helpers in `/`.
    return [name.includes("/") ? resolve(name) : name, ...helperArguments];
  }
  try {
    return splitCommandLine(helper);
  } catch (error) {
    throw error instanceof ProtocolError ? new UsageError(`--helper: ${error.message}`) : error;
  }
}

function readKeyKind(type: string, size: number | undefined): KeyKind {
  const name = `${type.toLowerCase()} ${size ?? ""}`.trim();
  const kind = keyKinds.get(name);
  if (kind === undefined) {
    throw new UsageError(`there is no key type "${name}": one of ${[...keyKinds.keys()].join(", ")}`);
  }
  return kind;
}

/** As `-G` and `-g` name them. */
const keyKinds: ReadonlyMap<string, KeyKind> = new Map([
  ["rsa", "RSA-2048"],
  ["rsa 2048", "RSA-2048"],
  ["rsa 3072", "RSA-3072"],
  ["rsa 4096", "RSA-4096"],
  ["ec", "EC-P256"],
  ["ec 256", "EC-P256"],
  ["ec 384", "EC-P384"],
  ["ed25519", "Ed25519"],
]);

function readDaemonEnvironment(assignments: readonly string[]): Environment {
  const environment: Record<string, string> = {};
  for (const assignment of assignments) {
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(assignment) ?? [];
    if (name === undefined || value === undefined) {
      throw new UsageError(`--env ${assignment} is not NAME=VALUE`);
    }
    if (!isHandedDown(name) && !daemonSettings.includes(name)) {
      throw new UsageError(`--env ${name}: certmonger does not hand this variable down to helpers`);
    }
    environment[name] = value;
  }
  return environment;
}

const daemonSettings = ["CERTMONGER_TMPDIR", "CERTMONGER_CONFIG_DIR", "CERTMONGER_LOCAL_CA_DIR"];
