import forge, { type ForgeAsn1 } from "node-forge/lib/asn1.js";
import { type Asn1, type DerValue, decodeDer, encodeDer, maximumBytes, Tag } from "./asn1.ts";
import { constructed, primitive } from "./asn1-make.ts";
import { X509Error } from "./error.ts";

const constructedBit = 0x20;

/**
 * Reads BER, indefinite lengths above all, and gives it as DER: other people's PKCS#7 and PKCS#12 come so.
 * The order in sets stays. Signed parts that were DER come out as they were.
 *
 * @throws {X509Error} `not-der`, within the limits of `decodeDer`
 */
export function decodeBer(ber: Uint8Array): DerValue {
  return decodeDer(encodeDer(parse(ber)));
}

function parse(ber: Uint8Array): Asn1 {
  if (ber.length > maximumBytes) throw new X509Error("not-der", `larger than ${maximumBytes} bytes`);
  try {
    const options = { strict: true, parseAllBytes: true, decodeBitStrings: false, maxDepth: 32 };
    return fromForge(forge.fromDer(Buffer.from(ber).toString("latin1"), options));
  } catch (error) {
    throw new X509Error("not-der", "not one complete ASN.1 value, or one that is too deep", { cause: error });
  }
}

function fromForge(node: ForgeAsn1): Asn1 {
  const tag = node.tagClass | (node.constructed ? constructedBit : 0) | node.type;
  if (typeof node.value !== "string") return constructed(tag, node.value.map(fromForge));
  // forge makes UTF-16 units of every value with tag number 30.
  const isUtf16 = node.type === Tag.bmpString;
  return primitive(
    tag,
    isUtf16 ? Buffer.from(node.value, "utf16le").swap16() : Buffer.from(node.value, "latin1"),
  );
}
