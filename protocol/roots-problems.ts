import { isAscii } from "./certificate-text.ts";
import { type Json, jsonItems, jsonMember, readJson } from "./json.ts";
import { isCompletePem, splitPem } from "./pem.ts";
import type { Roots } from "./result.ts";
import { decodeRoots } from "./roots.ts";
import { decodeRootsText } from "./roots-text.ts";
import { untilNul } from "./text.ts";

/**
 * What of an answer to FETCH-ROOTS certmonger would lose, or store as what it is not; one sentence each, none when all
 * is well. certmonger itself reports nothing of this.
 */
export function rootsProblems(text: string): string[] {
  const answer = untilNul(text);
  const problems = answer === text ? [] : ["everything after a NUL is lost"];
  const json = readJson(answer);
  problems.push(...(json === undefined ? textProblems(answer) : jsonProblems(answer, json.value, json.end)));
  return [...problems, ...certificateProblems(decodeRoots(answer))];
}

function textProblems(text: string): string[] {
  if (text.trim() === "") return ["empty: certmonger drops the roots that it has"];
  const { roots, brokenAt, end } = decodeRootsText(text);
  if (brokenAt !== undefined && text.startsWith("-----BEGIN")) {
    return ["a certificate without a nickname line before it: nothing is stored"];
  }
  if (brokenAt !== undefined) {
    const line = text.slice(0, brokenAt).split("\n").length;
    return [`no complete certificate at line ${line}: this list and all after it are not stored`];
  }
  const problems: string[] = [];
  if (/^[\r\n]/.test(text)) problems.push("a line end before the first nickname: nothing is stored");
  else if (text.slice(end).trim() !== "") problems.push("text after the third list is not looked at");
  if (/-----END[^\r\n]*(?:\r?\n){3}/.test(text) && roots.otherRoots.length > 0) {
    problems.push("two blank lines count as one: what follows them is stored as other roots, and trusted");
  }
  return problems;
}

function jsonProblems(text: string, value: Json, end: number): string[] {
  const problems: string[] = [];
  if (!(value instanceof Map)) {
    return [
      "it starts with a JSON value that is no object (a nickname that looks like JSON?): nothing is stored",
    ];
  }
  if (end < text.length) problems.push("text after the JSON object is lost");
  for (const key of value.keys()) {
    if (!["roots", "other-roots", "other"].includes(key)) {
      problems.push(`the key ${JSON.stringify(key)} is ignored: the keys are roots, other-roots and other`);
    }
  }
  for (const key of ["roots", "other-roots", "other"]) {
    const list = jsonMember(value, key);
    if (list !== undefined && !Array.isArray(list)) problems.push(`${JSON.stringify(key)} is not an array`);
    jsonItems(list).forEach((item, index) => {
      for (const field of ["nickname", "certificate"]) {
        if (typeof jsonMember(item, field) !== "string") {
          problems.push(`item ${index + 1} of ${JSON.stringify(key)} has no ${field} and is not stored`);
        }
      }
    });
  }
  return problems;
}

function certificateProblems({ roots, otherRoots, others }: Roots): string[] {
  const all = [...roots, ...otherRoots, ...others];
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const { nickname, certificate } of all) {
    const name = JSON.stringify(nickname);
    if (nickname === "") problems.push("a certificate has an empty nickname");
    if (seen.has(nickname))
      problems.push(`two certificates are called ${name}: an NSS database refuses the second`);
    seen.add(nickname);
    if (!isAscii(certificate) || !isCompletePem(certificate)) {
      problems.push(`${name} is not a complete PEM block, and is stored as it is`);
    } else if (splitPem(certificate).length > 1) problems.push(`${name} is more than one certificate`);
  }
  return problems;
}
