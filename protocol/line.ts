import { firstLine, oneLine } from "./text.ts";

/** The answer to IDENTIFY and GET-DEFAULT-TEMPLATE: one line, or nothing at all when there is nothing to say. */
export function encodeLine(text: string | undefined): string {
  const line = oneLine(text ?? "");
  return line === "" ? "" : `${line}\n`;
}

/**
 * What certmonger takes from such an answer: the first line; an empty one means none.
 *
 * @see certmonger 0.79.21 src/cadata.c, parse_identification and parse_default_profile
 */
export function decodeLine(text: string): string | undefined {
  const line = firstLine(text);
  return line === "" ? undefined : line;
}
