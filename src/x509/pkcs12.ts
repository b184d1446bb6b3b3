import type { KeyObject } from "node:crypto";
import type { Certificate } from "./certificate.ts";
import { X509Error } from "./error.ts";

export interface Pkcs12 {
  readonly privateKey: KeyObject;
  /** The certificate of the key first. */
  readonly certificates: readonly Certificate[];
}

/** Asynchronous because it loads the whole of node-forge, on first use. */
export async function readPkcs12(der: Uint8Array, password: string): Promise<Pkcs12> {
  throw new X509Error("not-pkcs12", `todo ${der.length} ${password.length}`);
}
