import { namedCertificate } from "./certificate-text.ts";
import { ProtocolError } from "./failure.ts";
import { type Json, jsonItems, jsonMember, readJson } from "./json.ts";
import type { NamedCertificate, Roots } from "./result.ts";
import { decodeRootsText } from "./roots-text.ts";
import { hasSurrogate, untilNul } from "./text.ts";

/** `auto`: the older text form where it says everything, else JSON. */
export type RootsFormat = "auto" | "json" | "text";

/** Keys of the JSON form. It is `other`, not `others`: certmonger ignores the latter. */
export const rootsKeys = { roots: "roots", otherRoots: "other-roots", others: "other" } as const;

/**
 * The answer to FETCH-ROOTS.
 *
 * The text form has two traps, so `auto` writes it only for trusted roots with harmless nicknames: its middle list
 * can not be empty (chain certificates after an empty list of other roots would be stored as trusted), and a nickname
 * that starts like a JSON value makes certmonger read the whole answer as that value and store nothing.
 *
 * @throws {ProtocolError} when a certificate is not one complete PEM block, certmonger can not keep a nickname, or the
 * text form was asked for and can not say it
 * @see certmonger 0.79.21 src/cadata.c, parse_certs and parse_old_cert_list
 */
export function encodeRoots(roots: Roots, format: RootsFormat = "auto"): string {
  const clean: Roots = {
    roots: roots.roots.map(namedCertificate),
    otherRoots: roots.otherRoots.map(namedCertificate),
    others: roots.others.map(namedCertificate),
  };
  const problem = textProblem(clean);
  if (format === "text" && problem !== undefined) throw new ProtocolError(problem);
  if (format === "text" || (format === "auto" && problem === undefined && onlyRoots(clean))) {
    const lists = [clean.roots, clean.otherRoots, clean.others].filter((list) => list.length > 0);
    return lists.map((list) => list.map(textOf).join("")).join("\n");
  }
  const json = {
    [rootsKeys.roots]: clean.roots,
    ...(clean.otherRoots.length > 0 && { [rootsKeys.otherRoots]: clean.otherRoots }),
    ...(clean.others.length > 0 && { [rootsKeys.others]: clean.others }),
  };
  return `${JSON.stringify(json)}\n`;
}

function onlyRoots(roots: Roots): boolean {
  return roots.otherRoots.length === 0 && roots.others.length === 0;
}

function textOf({ nickname, certificate }: NamedCertificate): string {
  return `${nickname}\n${certificate}`;
}

/** Why the text form can not carry these roots; `undefined` when it can. */
function textProblem(all: Roots): string | undefined {
  const { roots, otherRoots, others } = all;
  if (roots.length === 0 && otherRoots.length + others.length > 0) {
    return "the text form of FETCH-ROOTS can not leave the list of roots empty";
  }
  if (otherRoots.length === 0 && others.length > 0) {
    return "the text form of FETCH-ROOTS can not leave the list of other roots empty: the others would become trusted";
  }
  const bad = allOf(all).find(({ nickname }) => !isTextNickname(nickname));
  return bad && `the text form of FETCH-ROOTS can not carry the nickname ${JSON.stringify(bad.nickname)}`;
}

/**
 * Whether a nickname can stand on a line of its own without being taken for the start of a JSON value.
 *
 * The JSON reader passes over blanks first (with a nickname of blanks it goes on into the certificate, and takes its
 * dashes for a number), and `fals` is enough for `false` (measured on certmonger 0.79.17).
 */
function isTextNickname(nickname: string): boolean {
  return !/^[ \t]*(?:$|[-+0-9"{[]|null|true|fals)/.test(nickname);
}

/**
 * What certmonger stores of an answer to FETCH-ROOTS: JSON first, else the text form. Never throws: what it does not
 * understand is not stored, as in certmonger, and no error tells of it. `rootsProblems` does.
 *
 * @see certmonger 0.79.21 src/cadata.c, parse_certs, parse_json_cert_list
 */
export function decodeRoots(text: string): Roots {
  const answer = untilNul(text);
  const json = readJson(answer);
  if (json === undefined) {
    const { roots } = decodeRootsText(answer);
    return allOf(roots).some(({ nickname, certificate }) => hasSurrogate(nickname + certificate))
      ? none
      : roots;
  }
  return {
    roots: decodeJsonList(json.value, rootsKeys.roots),
    otherRoots: decodeJsonList(json.value, rootsKeys.otherRoots),
    others: decodeJsonList(json.value, rootsKeys.others),
  };
}

const none: Roots = { roots: [], otherRoots: [], others: [] };

/** Every certificate, whatever its list. */
export function allOf({ roots, otherRoots, others }: Roots): NamedCertificate[] {
  return [...roots, ...otherRoots, ...others];
}

function decodeJsonList(value: Json, key: string): NamedCertificate[] {
  return jsonItems(jsonMember(value, key)).flatMap((item) => decodeNamed(item) ?? []);
}

function decodeNamed(item: Json): NamedCertificate | undefined {
  const nickname = jsonMember(item, "nickname");
  const certificate = jsonMember(item, "certificate");
  if (typeof nickname !== "string" || typeof certificate !== "string") return undefined;
  return { nickname, certificate };
}
