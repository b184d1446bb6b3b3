import {
  type Asn1,
  constructedTag,
  type DerValue,
  encodeDer,
  primitiveTag,
  Tag,
} from "../../src/x509/asn1.ts";
import { constructed, octetString, primitive, sequence, smallInteger } from "../../src/x509/asn1-make.ts";
import { contentOf, partsOf, smallIntegerOf } from "../../src/x509/asn1-read.ts";
import { decodeBer } from "../../src/x509/ber.ts";

// The few messages of LDAP (RFC 4511) that are needed to read a directory.

/** `[APPLICATION n]` of each protocolOp. */
const Op = {
  bindRequest: 0x60,
  bindResponse: 0x61,
  unbindRequest: 0x42,
  searchRequest: 0x63,
  searchResultEntry: 0x64,
  searchResultDone: 0x65,
  searchResultReference: 0x73,
  extendedResponse: 0x78,
} as const;

/** What entries a search is for (RFC 4511 section 4.5.1.7). */
export type LdapFilter =
  | { readonly present: string }
  | { readonly attribute: string; readonly equals: string }
  | { readonly all: readonly LdapFilter[] };

export interface LdapSearch {
  readonly base: string;
  /** The entry itself, or it and all below. */
  readonly scope: "base" | "subtree";
  readonly filter: LdapFilter;
  readonly attributes: readonly string[];
}

export interface LdapEntry {
  readonly dn: string;
  /** Values by the attribute's name in small letters, options included: `cacertificate;binary`. */
  readonly attributes: ReadonlyMap<string, readonly Uint8Array[]>;
}

export interface LdapResult {
  /** RFC 4511 section 4.1.9; 0 is success. */
  readonly code: number;
  readonly diagnostic: string;
}

/** What the server sends. */
export type LdapReply =
  | {
      readonly kind: "bound";
      readonly id: number;
      readonly result: LdapResult;
      readonly credentials?: Uint8Array;
    }
  | { readonly kind: "entry"; readonly id: number; readonly entry: LdapEntry }
  | { readonly kind: "done"; readonly id: number; readonly result: LdapResult }
  /** A part that another server has; passed over, as nothing there is ours. */
  | { readonly kind: "reference"; readonly id: number }
  /** Also the server's notice that it ends the connection, with id 0. */
  | { readonly kind: "extended"; readonly id: number; readonly result: LdapResult };

export type LdapBind =
  | { readonly kind: "anonymous" }
  | { readonly kind: "sasl"; readonly credentials: Uint8Array };

const text = (value: string): Asn1 => octetString(Buffer.from(value, "utf8"));
const enumerated = (value: number): Asn1 => primitive(Tag.enumerated, Uint8Array.of(value));
const message = (id: number, operation: Asn1): Uint8Array => encodeDer(sequence(smallInteger(id), operation));

export function encodeBind(id: number, bind: LdapBind): Uint8Array {
  const choice =
    bind.kind === "anonymous"
      ? primitive(primitiveTag(0), new Uint8Array(0))
      : constructed(constructedTag(3), [text("GSSAPI"), octetString(bind.credentials)]);
  return message(id, constructed(Op.bindRequest, [smallInteger(3), text(""), choice]));
}

export function encodeSearch(id: number, { base, scope, filter, attributes }: LdapSearch): Uint8Array {
  const [neverFollowAliases, noLimit, valuesToo] = [
    enumerated(0),
    smallInteger(0),
    primitive(Tag.boolean, Uint8Array.of(0)),
  ];
  const parts = [
    text(base),
    enumerated(scope === "base" ? 0 : 2),
    neverFollowAliases,
    noLimit,
    noLimit,
    valuesToo,
    encodeFilter(filter),
    sequence(...attributes.map(text)),
  ];
  return message(id, constructed(Op.searchRequest, parts));
}

function encodeFilter(filter: LdapFilter): Asn1 {
  if ("present" in filter) return primitive(primitiveTag(7), Buffer.from(filter.present, "utf8"));
  if ("all" in filter) return constructed(constructedTag(0), filter.all.map(encodeFilter));
  return constructed(constructedTag(3), [text(filter.attribute), text(filter.equals)]);
}

export function encodeUnbind(id: number): Uint8Array {
  return message(id, primitive(Op.unbindRequest, new Uint8Array(0)));
}

/**
 * Reads one message of a server. Servers write lengths with more octets than DER allows, so it is BER.
 *
 * @throws {X509Error} when it is no message that belongs here
 */
export function decodeReply(bytes: Uint8Array): LdapReply {
  const [idPart, operation] = partsOf(decodeBer(bytes), Tag.sequence, "message");
  const id = smallIntegerOf(idPart, "message id");
  const parts = operation?.parts ?? [];
  switch (operation?.tag) {
    case Op.bindResponse: {
      const credentials = parts.find(({ tag }) => tag === primitiveTag(7))?.content;
      return {
        kind: "bound",
        id,
        result: resultOf(parts),
        ...(credentials !== undefined && { credentials }),
      };
    }
    case Op.searchResultEntry:
      return { kind: "entry", id, entry: entryOf(parts) };
    case Op.searchResultReference:
      return { kind: "reference", id };
    case Op.extendedResponse:
      return { kind: "extended", id, result: resultOf(parts) };
    default:
      // Anything else has no business here, and is told so by the check of the tag.
      return { kind: "done", id, result: resultOf(partsOf(operation, Op.searchResultDone, "operation")) };
  }
}

function resultOf([code, _matched, diagnostic]: readonly DerValue[]): LdapResult {
  return {
    code: contentOf(code, Tag.enumerated, "result code").reduce((value, octet) => value * 256 + octet, 0),
    diagnostic: textOf(diagnostic, "diagnostic message"),
  };
}

function entryOf([name, list]: readonly DerValue[]): LdapEntry {
  const attributes = partsOf(list, Tag.sequence, "attributes").map((attribute): [string, Uint8Array[]] => {
    const [type, values] = partsOf(attribute, Tag.sequence, "attribute");
    const contents = partsOf(values, Tag.set, "values").map((value) =>
      contentOf(value, Tag.octetString, "value"),
    );
    return [textOf(type, "attribute type").toLowerCase(), contents];
  });
  return { dn: textOf(name, "entry's name"), attributes: new Map(attributes) };
}

function textOf(value: DerValue | undefined, where: string): string {
  return Buffer.from(contentOf(value, Tag.octetString, where)).toString("utf8");
}
