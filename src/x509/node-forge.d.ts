/**
 * The parts of node-forge that this project loads, by their own paths: the whole package takes seven times as
 * long to load as its BER reader. `@types/node-forge` describes the package's main entry only.
 */
declare module "node-forge/lib/asn1.js" {
  interface ForgeAsn1 {
    readonly tagClass: number;
    readonly type: number;
    readonly constructed: boolean;
    /** Content with one character an octet (one a UTF-16 unit for type 30, BMPString), or the parts. */
    readonly value: string | readonly ForgeAsn1[];
  }
  interface FromDerOptions {
    strict: boolean;
    parseAllBytes: boolean;
    decodeBitStrings: boolean;
    maxDepth: number;
  }
  const asn1: { fromDer(bytes: string, options?: FromDerOptions): ForgeAsn1 };

  export type { ForgeAsn1 };
  export default asn1;
}

declare module "node-forge/lib/md.all.js" {
  import type { md } from "node-forge";

  /** By name (`sha256`), undefined for names that it does not know. */
  const hashes: Readonly<Record<string, { create(): md.MessageDigest } | undefined>>;
  export default hashes;
}

/** Password-based encryption, and the key derivation of PKCS#12 (RFC 7292 appendix B). */
declare module "node-forge/lib/pbe.js" {
  import type { md, util } from "node-forge";
  import type { ForgeAsn1 } from "node-forge/lib/asn1.js";

  interface Cipher {
    update(input: util.ByteBuffer): void;
    /** False when the padding is wrong. */
    finish(): boolean;
    readonly output: util.ByteBuffer;
  }
  const pbe: {
    getCipher(oid: string, parameters: ForgeAsn1, password: string | null): Cipher;
    generatePkcs12Key(
      password: string | null,
      salt: util.ByteBuffer,
      id: 1 | 2 | 3,
      iterations: number,
      length: number,
      hash: md.MessageDigest,
    ): util.ByteBuffer;
  };
  export default pbe;
}

declare module "node-forge/lib/util.js" {
  import type { util } from "node-forge";

  const module: { createBuffer(bytes: string): util.ByteBuffer };
  export default module;
}
