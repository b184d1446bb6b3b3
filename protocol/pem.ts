/** One `-----BEGIN …-----` … `-----END …-----` block. */
export interface PemBlock {
  /** `CERTIFICATE`, `NEW CERTIFICATE REQUEST`, … */
  readonly label: string;
  /** The block, with LF line ends and one at the end. */
  readonly text: string;
  /** The content without line ends, spaces and tabs. */
  readonly base64: string;
}

const opening = "-----BEGIN ";
const closing = "-----END ";
const dashes = "-----";

/**
 * All complete blocks of a text, in order. Text before, between and after them is passed over, and so is an
 * opening line without its closing line. CRLF becomes LF.
 *
 * Content is any text without a line of dashes: whether it is base64, and of what, is for `isCompletePem` and
 * the caller to ask.
 */
export function splitPem(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  let index = text.indexOf(opening);
  while (index >= 0) {
    const block = blockAt(text, index);
    if (block === undefined) {
      index = text.indexOf(opening, index + opening.length);
    } else {
      blocks.push(block.block);
      index = text.indexOf(opening, block.end);
    }
  }
  return blocks;
}

/** The block that opens at `index`: reads no further than the next dashes after its content. */
function blockAt(text: string, index: number): { block: PemBlock; end: number } | undefined {
  const labelStart = index + opening.length;
  const labelEnd = text.indexOf(dashes, labelStart);
  if (labelEnd < 0) return undefined;
  const label = text.slice(labelStart, labelEnd);
  if (label.includes("\r") || label.includes("\n")) return undefined;
  const bodyStart = labelEnd + dashes.length;
  const bodyEnd = text.indexOf(dashes, bodyStart);
  const end = `${closing}${label}${dashes}`;
  if (bodyEnd < 0 || !text.startsWith(end, bodyEnd)) return undefined;
  const body = text.slice(bodyStart, bodyEnd).replaceAll("\r", "\n");
  const lines = body.split("\n").map((line) => line.trim());
  const content = lines.filter((line) => line !== "");
  const blockText = [`${opening}${label}${dashes}`, ...content, end].join("\n");
  return {
    block: { label, text: `${blockText}\n`, base64: withoutBlanks(content.join("")) },
    end: bodyEnd + end.length,
  };
}

/** Not by a regular expression: V8 compiles it twice for the few blocks of a process. */
const withoutBlanks = (text: string): string => text.replaceAll(" ", "").replaceAll("\t", "");

/**
 * Whether a text holds at least one block, every block that opens also closes, and each content is base64.
 *
 * certmonger hangs for ever on a block that opens and never closes, so a helper asks this before it exits 0
 * (measured on certmonger 0.79.17 and 0.79.21).
 */
export function isCompletePem(text: string): boolean {
  const blocks = splitPem(text);
  return (
    blocks.length > 0 &&
    blocks.length === count(text, "-----BEGIN") &&
    blocks.length === count(text, "-----END") &&
    blocks.every((block) => isBase64(block.base64))
  );
}

/** Blocks one after the other, as one text. */
export function joinPem(blocks: readonly PemBlock[]): string {
  return blocks.map((block) => block.text).join("");
}

function isBase64(text: string): boolean {
  return text !== "" && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}

function count(text: string, part: string): number {
  let found = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) found++;
  return found;
}
