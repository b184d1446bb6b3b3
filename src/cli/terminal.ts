import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Colour, where stdout is a terminal and NO_COLOR is not set; else the text as it is. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/**
 * Text of a foreign program on one line of a terminal: control characters, with which it could move the cursor or
 * change colours, become `\x1b` and the like; what is too long is cut off.
 */
export function printable(text: string, maximumLength = 100): string {
  const visible = text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, "0")}`,
  );
  return visible.length > maximumLength ? `${visible.slice(0, maximumLength)}...` : visible;
}

/** `45 ms`, `1.2 s`. */
export function describeDuration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
