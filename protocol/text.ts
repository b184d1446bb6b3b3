import { ProtocolError } from "./failure.ts";

/** What a C program sees of a text: everything before the first NUL. */
export function untilNul(text: string): string {
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** Index of the first CR or LF at or after `from`; the text's length when there is none. */
export function lineEnd(text: string, from = 0): number {
  let index = from;
  while (index < text.length && !isLineEnd(text, index)) index++;
  return index;
}

/** Index of the first character at or after `from` that is neither CR nor LF. */
export function skipLineEnds(text: string, from: number): number {
  let index = from;
  while (index < text.length && isLineEnd(text, index)) index++;
  return index;
}

function isLineEnd(text: string, index: number): boolean {
  const character = text[index];
  return character === "\n" || character === "\r";
}

/**
 * The first line, without its line end: all that certmonger keeps of a message, of IDENTIFY and of
 * GET-DEFAULT-TEMPLATE.
 *
 * @see certmonger 0.79.21 src/submit-e.c, cm_submit_e_ready; src/cadata.c, parse_identification
 */
export function firstLine(text: string): string {
  return untilNul(text.slice(0, lineEnd(text)));
}

/**
 * The same text on one line: each run of line breaks and control characters becomes one blank, and blanks
 * at both ends go. Only the first line of a reply reaches a person, so nothing must stand on a second.
 */
export function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
}

/**
 * A text, or the beginning of one that is too long for a message, with what it was in all:
 * `aaaaaaaa… (90000 characters)`.
 */
export function shorten(text: string, longest = 100): string {
  if (text.length <= longest) return text;
  const beginning = text.slice(0, longest).replace(/[\ud800-\udbff]$/, "");
  return `${beginning}… (${text.length} characters)`;
}

/** The lines of a list variable: separated by LF (CRLF is accepted), empty ones left out. */
export function decodeLines(text: string | undefined): string[] {
  if (text === undefined) return [];
  return text.split(/[\r\n]+/).filter((line) => line !== "");
}

/**
 * Items joined by LF, without one at the end, as certmonger sets its list variables.
 *
 * @throws {ProtocolError} when an item is more than one line
 */
export function encodeLines(items: readonly string[]): string {
  for (const item of items) {
    if (lineEnd(item) < item.length) throw new ProtocolError("an item of a list variable is one line");
  }
  return items.filter((item) => item !== "").join("\n");
}

/** Whether a text holds a character outside the basic multilingual plane, or half of one. */
export function hasSurrogate(text: string): boolean {
  return /[\ud800-\udfff]/.test(text);
}

/** Upper case of the ASCII letters alone, as C's strcasecmp compares; no other letter folds into a name. */
export function asciiUpperCase(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}
