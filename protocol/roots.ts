import { certificateText } from "./certificate-text.ts";
import { ProtocolError } from "./failure.ts";
import { type Json, jsonItems, jsonMember, readJson } from "./json.ts";
import type { NamedCertificate, Roots } from "./result.ts";
import { decodeRootsText } from "./roots-text.ts";
import { untilNul } from "./text.ts";

/** `auto`: the older text form where it says everything, else JSON. */
export type RootsFormat = "auto" | "json" | "text";

/** Keys of the JSON form. It is `other`, not `others`: certmonger ignores the latter. */
const keys = { roots: "roots", otherRoots: "other-roots", others: "other" } as const;

/**
 * The answer to FETCH-ROOTS.
 *
 * The text form has two traps, so `auto` writes it only for trusted roots with harmless nicknames: its middle list
 * can not be empty (chain certificates after an empty list of other roots would be stored as trusted), and a nickname
 * that starts like a JSON value makes certmonger read the whole answer as that value and store nothing.
 *
 * @throws {ProtocolError} when a certificate is not one complete PEM block, or the text form can not say it
 * @see certmonger 0.79.21 src/cadata.c, parse_certs and parse_old_cert_list
 */
export function encodeRoots(roots: Roots, format: RootsFormat = "auto"): string {
  const clean: Roots = {
    roots: cleanList(roots.roots),
    otherRoots: cleanList(roots.otherRoots),
    others: cleanList(roots.others),
  };
  const problem = textProblem(clean);
  if (format === "text" && problem !== undefined) throw new ProtocolError(problem);
  if (format === "text" || (format === "auto" && problem === undefined && onlyRoots(clean))) {
    const lists = [clean.roots, clean.otherRoots, clean.others].filter((list) => list.length > 0);
    return lists.map((list) => list.map(textOf).join("")).join("\n");
  }
  const json = {
    [keys.roots]: clean.roots,
    ...(clean.otherRoots.length > 0 && { [keys.otherRoots]: clean.otherRoots }),
    ...(clean.others.length > 0 && { [keys.others]: clean.others }),
  };
  return `${JSON.stringify(json)}\n`;
}

function cleanList(certificates: readonly NamedCertificate[]): NamedCertificate[] {
  return certificates.map(({ nickname, certificate }) => {
    if (nickname.includes("\0")) throw new ProtocolError("a nickname can not hold a NUL");
    return {
      nickname,
      certificate: certificateText(`the certificate ${JSON.stringify(nickname)}`, certificate),
    };
  });
}

function onlyRoots(roots: Roots): boolean {
  return roots.otherRoots.length === 0 && roots.others.length === 0;
}

function textOf({ nickname, certificate }: NamedCertificate): string {
  return `${nickname}\n${certificate}`;
}

/** Why the text form can not carry these roots; `undefined` when it can. */
function textProblem({ roots, otherRoots, others }: Roots): string | undefined {
  if (roots.length === 0 && otherRoots.length + others.length > 0) {
    return "the text form of FETCH-ROOTS can not leave the list of roots empty";
  }
  if (otherRoots.length === 0 && others.length > 0) {
    return "the text form of FETCH-ROOTS can not leave the list of other roots empty: the others would become trusted";
  }
  const bad = [...roots, ...otherRoots, ...others].find(({ nickname }) => !isTextNickname(nickname));
  return bad && `the text form of FETCH-ROOTS can not carry the nickname ${JSON.stringify(bad.nickname)}`;
}

/** Whether a nickname is one line that certmonger does not take for the start of a JSON value. */
function isTextNickname(nickname: string): boolean {
  return nickname.trim() !== "" && !/[\r\n]/.test(nickname) && !startsLikeJson(nickname);
}

/** Blanks first are passed over by the JSON reader; `fals` is enough for `false` (measured on certmonger 0.79.17). */
export function startsLikeJson(text: string): boolean {
  return /^[ \t\r\n]*(?:[-+0-9"{[]|null|true|fals)/.test(text);
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
  if (json === undefined) return decodeRootsText(answer).roots;
  return {
    roots: decodeJsonList(json.value, keys.roots),
    otherRoots: decodeJsonList(json.value, keys.otherRoots),
    others: decodeJsonList(json.value, keys.others),
  };
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
