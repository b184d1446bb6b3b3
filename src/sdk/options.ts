import type { Environment } from "../../protocol/index.ts";
import { type CommonValues, completeTable } from "./common-options.ts";
import { convert, type OptionValue } from "./convert-option.ts";
import { parseFlags } from "./flags.ts";
import { type ConfigSection, isSection, readConfigFile, readEnvFile } from "./option-files.ts";
import { flagName, type OptionDefinition, type OptionTable, variableName } from "./option-table.ts";

const configurationDirectory = "/etc/certmonger-helper";

/** The options of one run, or what keeps it from running. */
export interface OptionsRead {
  /** The helper's own options, by key of its table. Incomplete when there are problems. */
  readonly own: Readonly<Record<string, OptionValue | undefined>>;
  readonly common: CommonValues;
  /** What stands on the command line beside the flags: a CSR's file, or a command and its arguments. */
  readonly positionals: readonly string[];
  /** Everything that is wrong, one line each; empty when the helper can run. */
  readonly problems: readonly string[];
}

export interface OptionSources {
  readonly helperName: string;
  readonly table: OptionTable;
  readonly argv: readonly string[];
  readonly environment: Environment;
  /** certmonger's name for the CA, which picks a section of the config file's `cas`. */
  readonly caNickname?: string | undefined;
}

/** Where a value was found, for messages, and the words that were found there. */
interface Found {
  readonly where: string;
  readonly words: unknown;
  /** The file that holds it, if it is one: a secret must not stand in a file that others can read. */
  readonly file?: string;
}

/**
 * Merges the sources of options, the first that names a value wins: flags, environment, env file, the
 * config file's section for this CA, the rest of the config file, defaults. Reports all problems at once.
 */
export async function readOptions(sources: OptionSources): Promise<OptionsRead> {
  const { helperName, environment } = sources;
  const table = completeTable(sources.table);
  const flags = parseFlags(table, sources.argv);
  const problems = [...flags.problems];

  const early = (key: string, fallback: string) => {
    // An empty one is reported with the others.
    const named = flags.words.get(key)?.at(-1) || environment[variableName(helperName, key)] || undefined;
    return { path: named ?? fallback, isNamed: named !== undefined };
  };
  const env = early("environmentFile", `${configurationDirectory}/${helperName}.env`);
  const config = early("config", `${configurationDirectory}/${helperName}.json`);
  const envFile = await readEnvFile(env.path, env.isNamed);
  const configFile = readConfigFile(config.path, config.isNamed);
  problems.push(...envFile.problems, ...configFile.problems);
  if (configFile.content) problems.push(...unknownKeys(config.path, configFile.content, table));
  if (envFile.content) problems.push(...unknownNames(env.path, envFile.content, helperName, table));
  const sections = configSections(configFile.content, sources.caNickname);

  // In nearly every run there is none, and making the names of all takes longer than to look.
  const prefix = variableName(helperName, "");
  const hasVariables =
    envFile.content !== undefined || Object.keys(environment).some((name) => name.startsWith(prefix));

  const find = (key: string, definition: OptionDefinition): Found | undefined => {
    const flag = flags.words.get(key);
    if (flag !== undefined) return { where: `--${flagName(key)}`, words: flag };
    const names = hasVariables ? variablesOf(helperName, key, definition) : [];
    for (const name of names) {
      if (environment[name]) return { where: name, words: [environment[name]] };
    }
    for (const name of names) {
      const line = envFile.content?.[name];
      if (line) return { where: `${name} in ${env.path}`, words: [line], file: env.path };
    }
    for (const { where, section } of sections) {
      const words = section[flagName(key)];
      if (words !== undefined) return { where: `"${flagName(key)}" in ${where}`, words, file: config.path };
    }
    return undefined;
  };

  const values: Record<string, OptionValue | undefined> = {};
  for (const [key, definition] of Object.entries(table)) {
    const found = find(key, definition);
    const converted = convert(definition, found ?? { where: "its default", words: definition.default });
    problems.push(...converted.problems);
    values[key] = converted.value;
    if (definition.demandOption === true && found === undefined && definition.default === undefined)
      problems.push(missing(helperName, key, definition, config.path));
  }
  const own = Object.fromEntries(Object.keys(sources.table).map((key) => [key, values[key]]));
  // `convert` gave each key the kind that its definition promises, which the compiler can not follow.
  return { own, common: values as unknown as CommonValues, positionals: flags.positionals, problems };
}

/** A secret has two: the file that holds it, and the secret itself. */
function variablesOf(helperName: string, key: string, { type }: OptionDefinition): string[] {
  const name = variableName(helperName, key);
  return type === "secret" ? [name, `${name}_VALUE`] : [name];
}

function configSections(content: ConfigSection | undefined, caNickname: string | undefined) {
  if (content === undefined) return [];
  const cas = content.cas;
  const own = caNickname !== undefined && isSection(cas) ? sectionOf(caNickname, cas) : undefined;
  const common = { where: "the config file", section: content };
  return isSection(own)
    ? [{ where: `the config file's section of CA "${caNickname}"`, section: own }, common]
    : [common];
}

/** certmonger compares nicknames of CAs without regard to letter case (measured on 0.79.17). */
function sectionOf(caNickname: string, cas: ConfigSection): unknown {
  const name = caNickname.toLowerCase();
  return Object.entries(cas).find(([nickname]) => nickname.toLowerCase() === name)?.[1];
}

function unknownKeys(path: string, content: ConfigSection, table: OptionTable): string[] {
  const known = new Set(Object.keys(table).map(flagName));
  const problems: string[] = [];
  const look = (section: ConfigSection, where: string) => {
    for (const key of Object.keys(section)) {
      if (!known.has(key)) problems.push(`${where} has "${key}", which is not an option`);
    }
  };
  const { cas, ...rest } = content;
  look(rest, path);
  if (cas === undefined) return problems;
  if (!isSection(cas)) return [...problems, `"cas" in ${path} is not an object of CA nicknames`];
  const seen = new Map<string, string>();
  for (const [nickname, section] of Object.entries(cas)) {
    const other = seen.get(nickname.toLowerCase());
    if (other !== undefined)
      problems.push(`"cas" in ${path} has "${other}" and "${nickname}", which are one CA for certmonger`);
    seen.set(nickname.toLowerCase(), nickname);
    if (isSection(section)) look(section, `"cas"."${nickname}" in ${path}`);
    else problems.push(`"cas"."${nickname}" in ${path} is not an object`);
  }
  return problems;
}

/** Names that begin like this helper's variables and are none: a misspelt one must not pass for set. */
function unknownNames(path: string, content: Environment, helperName: string, table: OptionTable): string[] {
  const known = new Set(
    Object.entries(table).flatMap(([key, definition]) => variablesOf(helperName, key, definition)),
  );
  const prefix = variableName(helperName, "");
  return Object.keys(content)
    .filter((name) => name.startsWith(prefix) && !known.has(name))
    .map((name) => `${path} sets ${name}, which is not an option`);
}

function missing(helperName: string, key: string, definition: OptionDefinition, configPath: string): string {
  const flag = flagName(key);
  return (
    `--${flag} is missing (${definition.describe}); give it in the helper's command, as ` +
    `${variableName(helperName, key)} in the env file or as "${flag}" in ${configPath}`
  );
}
