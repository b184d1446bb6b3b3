import { isAscii, nicknameProblem } from "./certificate-text.ts";
import { type Json, jsonItems, jsonMember, readJson } from "./json.ts";
import { isCompletePem, splitPem } from "./pem.ts";
import { allOf, decodeRoots, rootsKeys } from "./roots.ts";
import { decodeRootsText } from "./roots-text.ts";
import { hasSurrogate, untilNul } from "./text.ts";

/**
 * What of an answer to FETCH-ROOTS certmonger would lose, or store as what it is not: one sentence each, none when all
 * is well. certmonger itself reports nothing of this, so a harness has to.
 *
 * @see certmonger 0.79.21 src/cadata.c, parse_certs; measured on certmonger 0.79.17
 */
export function rootsProblems(text: string): string[] {
  const answer = untilNul(text);
  if (answer.trim() === "") return ["empty: certmonger drops the roots that it has"];
  const json = readJson(answer);
  const problems = json === undefined ? textProblems(answer) : jsonProblems(answer, json.value, json.end);
  if (answer !== text) problems.push("everything after a NUL is lost");
  if (hasSurrogate(answer)) problems.push("a character that certmonger can not read: nothing is stored");
  return [...problems, ...certificateProblems(answer)];
}

function textProblems(text: string): string[] {
  const problems: string[] = [];
  const { roots, brokenAt, end, skippedBlankLines } = decodeRootsText(text);
  if (/^[\r\n]/.test(text)) problems.push("a line end before the first nickname: nothing is stored");
  else if (brokenAt !== undefined) {
    const line = text.slice(0, brokenAt).split("\n").length;
    problems.push(`no certificate at line ${line}: neither this list nor the ones after it are stored`);
  } else if (end < text.length) problems.push("text after the third list is lost");
  if (skippedBlankLines && roots.otherRoots.length > 0) {
    problems.push("two blank lines count as one: what follows becomes other roots, which are trusted");
  }
  return problems;
}

function jsonProblems(text: string, value: Json, end: number): string[] {
  if (text.startsWith("-----BEGIN")) return ["no nickname before the first certificate: nothing is stored"];
  if (!(value instanceof Map)) return ["it starts like a JSON value, and not an object: nothing is stored"];
  const known = Object.values(rootsKeys);
  const problems = [...value.keys()]
    .filter((key) => !known.some((name) => name === key))
    .map((key) => `the key ${JSON.stringify(key)} is ignored: the keys are ${known.join(", ")}`);
  if (end < text.length) problems.push("text after the JSON object is lost");
  return [...problems, ...known.flatMap((key) => listProblems(key, jsonMember(value, key)))];
}

function listProblems(key: string, list: Json | undefined): string[] {
  if (list !== undefined && !Array.isArray(list)) return [`${key} is not an array: nothing of it is stored`];
  return jsonItems(list).flatMap((item, index) =>
    ["nickname", "certificate"]
      .filter((field) => typeof jsonMember(item, field) !== "string")
      .map((field) => `item ${index + 1} of ${key} has no ${field} and is not stored`),
  );
}

function certificateProblems(text: string): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const { nickname, certificate } of allOf(decodeRoots(text))) {
    const name = JSON.stringify(nickname);
    const bad = nicknameProblem(nickname);
    if (bad !== undefined) problems.push(`${bad}: it breaks certmonger's own files`);
    if (nickname === "") problems.push("an empty nickname");
    if (seen.has(nickname))
      problems.push(`a second certificate ${name}: an NSS database refuses it, for ever`);
    seen.add(nickname);
    if (!isAscii(certificate) || !isCompletePem(certificate)) {
      problems.push(`${name} is not a complete PEM block, and is stored all the same`);
    } else if (splitPem(certificate).length > 1) problems.push(`${name} is more than one certificate`);
  }
  return problems;
}
