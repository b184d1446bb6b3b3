/** Whether a text starts with, or holds, what an uncaught error prints in one of the usual languages. */
export function looksLikeCrash(text: string): boolean {
  return crashes.some((pattern) => pattern.test(text));
}

const crashes = [
  // Python
  /^Traceback \(most recent call last\):/m,
  // Node, Java
  /^(?:Uncaught )?[\w.]*(?:Error|Exception)\b.*\r?\n\s+at /m,
  /^\s+at [\w.<>$ ]+ ?\(.*:\d+(?::\d+)?\)/m,
  /^Exception in thread /m,
  // Go, Rust
  /^panic: /m,
  /^goroutine \d+ \[/m,
  /^thread '.*' panicked at/m,
  // Ruby, Perl
  /^\S+\.rb:\d+:in [`']/m,
  / at \S+ line \d+\.$/m,
  // shells
  /^\S*sh: (?:line )?\d+: /m,
  /^Segmentation fault/m,
];
