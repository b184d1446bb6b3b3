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

declare module "node-forge/lib/rc2.js" {
  import type { util } from "node-forge";

  /** In CBC mode; octets as one character each. */
  interface Cipher {
    start(initialVector: string): void;
    update(input: util.ByteBuffer): void;
    /** False when the padding is wrong. */
    finish(): boolean;
    readonly output: util.ByteBuffer;
  }
  const rc2: { createDecryptionCipher(key: string, effectiveBits: number): Cipher };
  export default rc2;
}

declare module "node-forge/lib/util.js" {
  import type { util } from "node-forge";

  const module: { createBuffer(bytes: string): util.ByteBuffer };
  export default module;
}
