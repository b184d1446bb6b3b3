import { ProtocolError } from "./failure.ts";
import type { RequestField } from "./request.ts";
import { asciiUpperCase, untilNul } from "./text.ts";
import { requirementFields } from "./variables.ts";

/**
 * The answer to GET-SUPPORTED-TEMPLATES and FETCH-SCEP-CA-CAPS: one item a line.
 *
 * @throws {ProtocolError} when an item is empty or holds a comma, a line end or a NUL: it would come back as
 * something else
 */
export function encodeList(items: readonly string[]): string {
  for (const item of items) {
    if (item === "" || /[,\r\n\0]/.test(item)) {
      throw new ProtocolError(`a list can not carry the item ${JSON.stringify(item)}`);
    }
  }
  return items.map((item) => `${item}\n`).join("");
}

/**
 * The items of a list answer, by certmonger's rules: separated by any run of commas, CR and LF; blanks are
 * part of an item (`a, b` is `a` and ` b`); a separator as the very first character makes the list empty.
 *
 * @see certmonger 0.79.21 src/cadata.c, parse_list
 */
export function decodeList(text: string): string[] {
  const list = untilNul(text);
  if (/^[,\r\n]/.test(list)) return [];
  return list.split(/[,\r\n]+/).filter((item) => item !== "");
}

/** The answer to GET-NEW- and GET-RENEW-REQUEST-REQUIREMENTS: names of variables, one a line. */
export function encodeRequirements(fields: readonly RequestField[]): string {
  const names = new Map<RequestField, string>(requirementFields);
  return encodeList(fields.map((field) => names.get(field) ?? field));
}

/**
 * The required fields that certmonger understands of such an answer. Letter case does not matter; every
 * other name, and one with a blank around it, is silently dropped, as certmonger does.
 *
 * @see certmonger 0.79.21 src/cadata.c, parse_list with attribute_map
 */
export function decodeRequirements(text: string): RequestField[] {
  const fields = new Map<string, RequestField>(requirementFields.map(([field, name]) => [name, field]));
  return decodeList(text).flatMap((name) => fields.get(asciiUpperCase(name)) ?? []);
}
