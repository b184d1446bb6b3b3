import { ProtocolError } from "./failure.ts";

/**
 * The words of a helper command line (`getcert add-ca -e`), split as certmonger splits it.
 *
 * No shell: `$`, `;`, `*` and so on are plain text. Blanks, tabs, CR and LF separate words; single and double quotes
 * keep them together, and inside quotes there is no escape at all. A backslash outside quotes makes the next
 * quote or backslash plain. Before anything else it is a trap: certmonger never forgets it, so `a\ b` ends in an
 * error. Empty words vanish: a helper can not be given an empty argument.
 *
 * @throws {ProtocolError} with certmonger's own words: a quote without its second, or an escape that is never used
 * @see certmonger 0.79.21 src/subproc.c, cm_subproc_parse_args
 */
export function splitCommandLine(text: string): string[] {
  const words: string[] = [];
  let word = "";
  let quote = "";
  let escaped = false;
  for (const character of text) {
    if (character === "\0") break;
    if (quote !== "") {
      if (character === quote) quote = "";
      else word += character;
    } else if (character === "\\" || character === "'" || character === '"') {
      if (escaped) word += character;
      else if (character !== "\\") quote = character;
      escaped = !escaped && character === "\\";
    } else if (/[ \t\r\n]/.test(character) && !escaped) {
      if (word !== "") words.push(word);
      word = "";
    } else {
      word += character;
    }
  }
  if (quote !== "") throw new ProtocolError(`Unmatched ${quote}`);
  if (escaped) throw new ProtocolError("Attempt to escape end-of-command");
  if (word !== "") words.push(word);
  return words;
}

/**
 * A command line that certmonger splits into exactly these words.
 *
 * @throws {ProtocolError} when a word is empty or holds a NUL: certmonger can not pass it
 */
export function quoteCommandLine(words: readonly string[]): string {
  return words.map(quoteWord).join(" ");
}

function quoteWord(word: string): string {
  if (word === "") throw new ProtocolError("certmonger can not pass an empty argument to a helper");
  if (word.includes("\0")) throw new ProtocolError("an argument can not hold a NUL");
  if (/^[\w./:,=+@%-]+$/.test(word)) return word;
  if (!word.includes("'")) return `'${word}'`;
  if (!word.includes('"')) return `"${word}"`;
  // Both kinds of quotes: pieces, each in the quotes that it does not hold.
  return word
    .split(/('+)/)
    .filter((piece) => piece !== "")
    .map((piece) => (piece.startsWith("'") ? `"${piece}"` : `'${piece}'`))
    .join("");
}
