/**
 * Whether a name matches a pattern of a policy.
 *
 * In a pattern `*` stands for any run of characters within one part of the name, `**` for any run at all;
 * everything else stands for itself. `separators` are the characters between the parts: `.` in a host name,
 * `/` and `@` in a Kerberos principal.
 *
 * Not a regular expression: with several stars it would try every way to cut a name up, for hours with a long
 * name, and no deadline stops it meanwhile.
 */
export function matchesPattern(name: string, pattern: string, separators: string): boolean {
  let reached: Places = new Set([0]);
  for (const piece of pattern.match(/\*\*?|[^*]+/g) ?? []) {
    if (piece === "**") reached = afterRun(name, reached, "");
    else if (piece === "*") reached = afterRun(name, reached, separators);
    else reached = afterText(name, reached, piece);
  }
  return reached.has(name.length);
}

/** Where in the name the pieces of a pattern so far can have ended. */
type Places = ReadonlySet<number>;

function afterText(name: string, starts: Places, text: string): Places {
  const ends = [...starts].filter((start) => name.startsWith(text, start));
  return new Set(ends.map((start) => start + text.length));
}

/** A run of any length, none included, without one of these characters in it. */
function afterRun(name: string, starts: Places, without: string): Places {
  const ends = new Set<number>();
  for (let at = 0; at <= name.length; at++) {
    const goesOn = ends.has(at - 1) && !without.includes(name.charAt(at - 1));
    if (goesOn || starts.has(at)) ends.add(at);
  }
  return ends;
}
