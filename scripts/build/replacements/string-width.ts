/**
 * Stands in for the package `string-width` in the bundle.
 *
 * yargs asks it for the width of help texts. The package compiles a regular expression over all of Unicode when
 * it is loaded, 19 ms at every start of Node 24; our texts are ASCII.
 */
export default function stringWidth(text: string): number {
  return text.length;
}
