import type { KeyObject } from "node:crypto";
import type { KeyCipher } from "../configuration.ts";
import type { Result } from "../outcome.ts";

/** Which of a request's keys: the one in use, or the one that is to replace it when its certificate has come. */
export type KeyRole = "current" | "candidate";

/** What kind of key is to be made. */
export interface KeyWish {
  readonly type: "RSA" | "EC";
  readonly bits: number;
  /** What a key in a file is encrypted with when there is a PIN. */
  readonly cipher: KeyCipher;
}

export interface FoundKey {
  readonly publicKey: KeyObject;
  /** Taken out of its place only when something is to be signed. */
  privateKey(): Promise<KeyObject>;
}

/** Where the keys of one request are. Every function may throw a `StorageError`. */
export interface KeyStore {
  /** `undefined` when there is none. */
  read(role: KeyRole): Promise<FoundKey | undefined>;
  /** Makes a key that must not exist yet. */
  make(role: KeyRole, wish: KeyWish): Promise<FoundKey>;
  remove(role: KeyRole): Promise<void>;
  /** Puts the candidate in the place of the current key, which stays under a name of its own if `keepAs` says so. */
  promote(keepAs: string | undefined): Promise<void>;
}

/** Where the certificate of one request is. Every function may throw a `StorageError`. */
export interface CertificateStore {
  /** PEM; `undefined` when there is none. */
  read(): Promise<string | undefined>;
  /** @param exchangeKeys puts the certificate's key in its place: done as close to the saving as can be */
  write(certificate: string, exchangeKeys: () => Promise<void>): Promise<void>;
}

/** Why something can not be read or written, in the terms of the machine. The message is one line for the log. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly result: Extract<Result, "failed" | "no-permission" | "need-pin" | "need-token">;

  constructor(result: StorageError["result"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.result = result;
  }
}
