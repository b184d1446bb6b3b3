import { join } from "node:path";
import { type CertificateFacts, certificateFacts } from "./certificate-facts.ts";
import type { CertmongerLab } from "./certmonger-lab.ts";
import { run } from "./run.ts";

export type Storage = "file" | "NSS database";
export type KeyType = "RSA" | "EC";

/** Names of every kind that `getcert request` can ask for. */
export const everyName = [
  ...["-N", "CN=www.example.test,O=Lab"],
  ...["-D", "www.example.test", "-D", "alt.example.test"],
  ...["-A", "192.0.2.7", "-A", "2001:db8::7"],
  ...["-E", "webmaster@example.test"],
  ...["-K", "HTTP/www.example.test@EXAMPLE.TEST"],
];

/**
 * EC with a size: without one certmonger asks for 2048 bits and makes P-521, and `getcert resubmit` then finds
 * a key of the wrong size and makes another (measured on 0.79.17).
 */
const keyArguments: Record<KeyType, readonly string[]> = {
  RSA: ["-G", "RSA"],
  EC: ["-G", "EC", "-g", "256"],
};

const waiting = ["-w", "--wait-timeout", "60"];

/** A request that a lab's certmonger tracks, and where it keeps what belongs to it. */
export class LabRequest {
  readonly id: string;
  readonly storage: Storage;
  readonly #lab: CertmongerLab;
  readonly #directory: string;

  private constructor(lab: CertmongerLab, id: string, storage: Storage) {
    this.#lab = lab;
    this.id = id;
    this.storage = storage;
    this.#directory = lab.path(`request-${id}`);
  }

  /** Asks for a certificate with a new key, and waits until certmonger has settled the request. */
  static async make(
    lab: CertmongerLab,
    {
      id,
      ca,
      storage = "file",
      keyType = "RSA",
      names = everyName,
      more = [],
    }: {
      id: string;
      ca: string;
      storage?: Storage;
      keyType?: KeyType;
      names?: readonly string[];
      more?: readonly string[];
    },
  ): Promise<LabRequest> {
    const request = new LabRequest(lab, id, storage);
    await run("mkdir", [request.#directory]);
    if (storage === "NSS database") await request.#certutil("-N", "--empty-password");
    const places =
      storage === "file"
        ? ["-k", request.keyFile, "-f", request.certificateFile, "-F", request.rootsFile]
        : ["-d", request.#directory, "-n", id, "-a", request.#directory];
    await lab.getcert(
      "request",
      "-I",
      id,
      "-c",
      ca,
      ...keyArguments[keyType],
      ...places,
      ...names,
      ...more,
      ...waiting,
    );
    return request;
  }

  get keyFile(): string {
    return join(this.#directory, "key.pem");
  }

  /** The certificate; for an NSS database a copy made by `facts`. */
  get certificateFile(): string {
    return join(this.#directory, "certificate.pem");
  }

  get rootsFile(): string {
    return join(this.#directory, "roots.pem");
  }

  /** `getcert resubmit` or `getcert rekey`, and waits. */
  async again(command: "resubmit" | "rekey"): Promise<void> {
    await this.#lab.getcert(command, "-i", this.id, ...waiting);
  }

  /** The certificate that is stored now, as openssl reads it. */
  async facts(): Promise<CertificateFacts> {
    if (this.storage === "NSS database") {
      await run("certutil", ["-L", "-d", this.#directory, "-n", this.id, "-a", "-o", this.certificateFile]);
    }
    return certificateFacts(this.certificateFile);
  }

  /**
   * Checks the certificate against the roots that certmonger saved and against the key beside it.
   *
   * @throws when openssl or NSS finds a fault
   */
  async verify(): Promise<void> {
    if (this.storage === "NSS database") {
      // -e checks signatures, -u V is "SSL server". -K names a key after the certificate that carries it.
      await this.#certutil("-V", "-n", this.id, "-u", "V", "-e");
      const keys = await this.#certutil("-K");
      if (!keys.includes(`NSS Certificate DB:${this.id}\n`))
        throw new Error(`no key for ${this.id}:\n${keys}`);
      return;
    }
    await run("openssl", ["verify", "-x509_strict", "-CAfile", this.rootsFile, this.certificateFile]);
    const publicKey = await run("openssl", ["pkey", "-in", this.keyFile, "-pubout"]);
    const { publicKey: certified } = await this.facts();
    if (publicKey !== certified) throw new Error(`the certificate of ${this.id} is for another key`);
  }

  #certutil(command: string, ...args: string[]): Promise<string> {
    return run("certutil", [command, "-d", this.#directory, ...args]);
  }
}
