import { existsSync } from "node:fs";
import { UsageError } from "./command.ts";

/**
 * Helps whoever wrote a helper's command as one word, `"./my-helper --its flags"`, where it stands as words.
 *
 * @throws {UsageError} when there is one word, with blanks in it, and no such file
 */
export function expectWordsApart(words: readonly string[], example: string): void {
  const [word = "", ...rest] = words;
  if (rest.length > 0 || !/\s/.test(word.trim()) || existsSync(word)) return;
  throw new UsageError(`there is no file "${word}": write the helper's words apart, ${example}`);
}
