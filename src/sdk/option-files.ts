import { existsSync } from "node:fs";
import type { Environment } from "../../protocol/index.ts";
import { readRegularFile } from "../files/read-regular-file.ts";

/** What a file of settings held, and what was wrong with it. */
export interface OptionFile<T> {
  readonly path: string;
  /** `undefined` when there is no such file, or it could not be read. */
  readonly content: T | undefined;
  readonly problems: readonly string[];
}

/**
 * Reads an env file: lines `NAME=value`, parsed by dotenv. Nothing of it gets into `process.env`.
 *
 * `isNamed`: the administrator named this file, so it must be there.
 */
export async function readEnvFile(path: string, isNamed: boolean): Promise<OptionFile<Environment>> {
  const file = readText(path, isNamed);
  if (file.content === undefined) return { path, content: undefined, problems: file.problems };
  // Nothing to parse: dotenv is not part of a helper's bundle, and so not there when a code cache is made.
  if (file.content === "") return { path, content: {}, problems: [] };
  const { parse } = await import("dotenv");
  return { path, content: parse(file.content), problems: [] };
}

/** The config file: values by `flag-name`, and a section `cas` with values per CA nickname. */
export type ConfigSection = Readonly<Record<string, unknown>>;

export function readConfigFile(path: string, isNamed: boolean): OptionFile<ConfigSection> {
  const file = readText(path, isNamed);
  if (file.content === undefined) return { path, content: undefined, problems: file.problems };
  try {
    const content: unknown = JSON.parse(file.content);
    if (isSection(content)) return { path, content, problems: [] };
    return { path, content: undefined, problems: [`${path} holds no JSON object`] };
  } catch (error) {
    return { path, content: undefined, problems: [`${path} is not JSON: ${firstLine(error)}`] };
  }
}

export function isSection(value: unknown): value is ConfigSection {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Who can change the settings can have the helper trust any server, so that must be nobody but the owner. */
function readText(path: string, isNamed: boolean): OptionFile<string> {
  // Asked first, because that is the common case, and an exception costs more than the question.
  if (!isNamed && !existsSync(path)) return { path, content: undefined, problems: [] };
  try {
    const { content, isWritableByOthers } = readRegularFile(path);
    const problems = isWritableByOthers ? [`${path} can be changed by others: chmod go-w ${path}`] : [];
    return { path, content: isWritableByOthers ? undefined : content.toString("utf8"), problems };
  } catch (error) {
    return { path, content: undefined, problems: [firstLine(error)] };
  }
}

export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split(/\r?\n/, 1)[0] ?? "";
}
