import { type Asn1, constructedTag, type DerValue, Tag } from "./asn1.ts";
import { constructed, primitive, sequence, smallInteger } from "./asn1-make.ts";
import { expectEnd, partsOf, smallIntegerOf } from "./asn1-read.ts";
import { decodeUtf8 } from "./asn1-text.ts";
import { X509Error } from "./error.ts";

/** KRB5_NT_PRINCIPAL, which certmonger writes for every principal (measured on certmonger 0.79.17). */
const nameTypePrincipal = 1;

/** What krb5_parse_name reads after a backslash; any other character stands for itself. */
const controls: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["b", "\b"],
  ["0", "\0"],
]);

/**
 * KRB5PrincipalName (RFC 4556 section 3.2.2) of `service/host@REALM`, with name type 1.
 *
 * A backslash takes `/`, `@` and itself literally. Undefined without a realm or a name.
 */
export function encodePrincipal(text: string): Asn1 | undefined {
  const pieces = splitPrincipal(text);
  if (pieces === undefined) return undefined;
  const name = sequence(
    constructed(constructedTag(0), [smallInteger(nameTypePrincipal)]),
    constructed(constructedTag(1), [constructed(Tag.sequence, pieces.components.map(kerberosString))]),
  );
  return sequence(
    constructed(constructedTag(0), [kerberosString(pieces.realm)]),
    constructed(constructedTag(1), [name]),
  );
}

/** The text of a KRB5PrincipalName, whatever its name type; undefined when it is none. */
export function decodePrincipal(value: DerValue): string | undefined {
  try {
    const [realm, name, ...rest] = partsOf(value, Tag.sequence, "principal");
    const [type, components, ...more] = partsOf(only(name, 1), Tag.sequence, "name");
    expectEnd([...rest, ...more], "principal");
    smallIntegerOf(only(type, 0), "name type");
    const parts = partsOf(only(components, 1), Tag.sequence, "components").map(textOfKerberosString);
    const text = `${parts.map(escapePiece).join("/")}@${escapePiece(textOfKerberosString(only(realm, 0)))}`;
    return splitPrincipal(text) === undefined ? undefined : text;
  } catch (error) {
    if (error instanceof X509Error) return undefined;
    throw error;
  }
}

/** The one value in an EXPLICIT `[number]`. */
function only(value: DerValue | undefined, number: number): DerValue | undefined {
  const [inner, ...rest] = partsOf(value, constructedTag(number), "field");
  expectEnd(rest, "field");
  return inner;
}

/** GeneralString in the ASN.1; every implementation puts UTF-8 into it. */
const kerberosString = (text: string): Asn1 => primitive(Tag.generalString, Buffer.from(text, "utf8"));

function textOfKerberosString(value: DerValue | undefined): string {
  const text = value?.tag === Tag.generalString ? decodeUtf8(value.content) : undefined;
  if (text === undefined) throw new X509Error("not-der", "not a KerberosString");
  return text;
}

/** Undefined when it is not `NAME/…@REALM` with one `@` and neither side empty. */
function splitPrincipal(text: string): { components: string[]; realm: string } | undefined {
  if (!text.isWellFormed()) return undefined;
  const pieces = [""];
  const separators: string[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === "/" || character === "@") {
      separators.push(character);
      pieces.push("");
    } else if (character === "\\") {
      const escaped = text[++at];
      if (escaped === undefined) return undefined;
      pieces.push(pieces.pop() + (controls.get(escaped) ?? escaped));
    } else {
      pieces.push(pieces.pop() + character);
    }
  }
  const realm = pieces.pop();
  const hasOneRealm = separators.indexOf("@") === separators.length - 1 && separators.length > 0;
  return hasOneRealm && realm && pieces.join("") !== "" ? { components: pieces, realm } : undefined;
}

const escapePiece = (piece: string): string =>
  piece
    .replace(/[\\/@]/g, "\\$&")
    .replace(
      /[\n\t\b\0]/g,
      (control) => `\\${[...controls].find(([, character]) => character === control)?.[0]}`,
    );
