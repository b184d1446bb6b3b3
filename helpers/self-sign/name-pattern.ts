/**
 * Whether a name matches a pattern of a policy.
 *
 * In a pattern `*` stands for any run of characters within one part of the name, `**` for any run at all;
 * everything else stands for itself. `separators` are the characters between the parts: `.` in a host name,
 * `/` and `@` in a Kerberos principal.
 */
export function matchesPattern(name: string, pattern: string, separators: string): boolean {
  const within = separators === "" ? "[^]*" : `[^${literally(separators)}]*`;
  const source = pattern
    .split(/(\*\*?)/)
    .map((piece) => (piece === "**" ? "[^]*" : piece === "*" ? within : literally(piece)))
    .join("");
  return new RegExp(`^(?:${source})$`).test(name);
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
