import type { NamedCertificate, Roots } from "./result.ts";
import { lineEnd, skipLineEnds } from "./text.ts";

/** What came of the text form, and where certmonger gave up, if it did. */
export interface RootsText {
  readonly roots: Roots;
  /** Where a certificate should have begun or ended; absent when all went well. */
  readonly brokenAt?: number;
  /** Where the third list ended: text after it is never looked at. */
  readonly end: number;
  /** Whether more than one blank line stands after a list, as if to leave the next list empty. */
  readonly skippedBlankLines: boolean;
}

interface List {
  readonly certificates: NamedCertificate[];
  readonly end: number;
  /** Line ends between the last certificate and `end`. */
  readonly lineEnds: number;
  readonly broken: boolean;
}

/**
 * The older text form of FETCH-ROOTS: three lists in a row, each of them nicknames with certificates, a blank line after
 * a list. All line ends after a list are skipped together, so two blank lines do not leave the middle list empty.
 * A list with anything but a certificate after a nickname is dropped, and so are the lists after it.
 *
 * @see certmonger 0.79.21 src/cadata.c, parse_old_cert_list
 */
export function decodeRootsText(text: string): RootsText {
  const lists: NamedCertificate[][] = [[], [], []];
  let index = 0;
  let brokenAt: number | undefined;
  let skippedBlankLines = false;
  for (const list of lists) {
    const read = readList(text, index);
    index = read.end;
    if (read.lineEnds > 2 && index < text.length) skippedBlankLines = true;
    if (read.broken) {
      brokenAt = read.end;
      break;
    }
    list.push(...read.certificates);
  }
  const [roots = [], otherRoots = [], others = []] = lists;
  const decoded = { roots: { roots, otherRoots, others }, end: index, skippedBlankLines };
  return brokenAt === undefined ? decoded : { ...decoded, brokenAt };
}

function readList(text: string, start: number): List {
  const certificates: NamedCertificate[] = [];
  let index = start;
  let lineEnds = 0;
  let end = lineEnd(text, index);
  while (end > index) {
    const nickname = text.slice(index, end);
    const from = skipLineEnds(text, end);
    const closing = text.startsWith("-----BEGIN", from) ? text.indexOf("-----END", from) : -1;
    if (closing < 0) return { certificates: [], end: from, lineEnds: 0, broken: true };
    const to = lineEnd(text, closing);
    const certificate = `${text.slice(from, to)}\n`.replaceAll("\r\n", "\n");
    certificates.push({ nickname, certificate });
    index = skipLineEnds(text, to);
    lineEnds = text.slice(to, index).split("\n").length - 1;
    if (text.startsWith("\n\n", to) || text.startsWith("\r\n\r\n", to)) break;
    end = lineEnd(text, index);
  }
  return { certificates, end: index, lineEnds, broken: false };
}
