import { type Bus, Client, defaultBus } from "./client.ts";
import { type Given, lookUp, type OptionKey, readCommandLine } from "./options.ts";
import { databasePath, pemPath } from "./paths.ts";
import { completePrincipal, defaultRealm } from "./principal.ts";
import { Stop, type Surroundings } from "./terminal.ts";
import { keyUsageBit, oidOf } from "./usages.ts";

/** One command of getcert. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Title → the options under it, in the order of the help. */
  readonly options: Readonly<Record<string, readonly OptionKey[]>>;
  /** Only what getcert itself has: the command is left out of comparisons with certmonger's. */
  readonly isOurs?: boolean;
  /** @returns the exit code @throws {Stop} */
  run(values: Values, surroundings: Surroundings): Promise<number>;
}

/** Options that every command has. */
export const commonOptions = {
  "Where the daemon is (or CERTMONGER_PVT_ADDRESS=unix:path=...)": ["system", "session"],
  Other: ["verbose", "help"],
} as const satisfies Command["options"];

/** What a command line says; texts are checked and complete, paths absolute. */
export class Values {
  readonly #given: readonly Given[];
  readonly #surroundings: Surroundings;

  constructor(given: readonly Given[], surroundings: Surroundings) {
    this.#given = given;
    this.#surroundings = surroundings;
  }

  /** The last text of an option. */
  text(key: OptionKey): string | undefined {
    return this.all(key)?.at(-1);
  }

  /** All texts of an option; `undefined` when it was not given. */
  all(key: OptionKey): readonly string[] | undefined {
    const texts = this.#given.filter((one) => one.key === key).map(({ text }) => text);
    return texts.length === 0 ? undefined : texts;
  }

  number(key: OptionKey): number | undefined {
    return this.#given.findLast((one) => one.key === key)?.number;
  }

  has(key: OptionKey): boolean {
    return this.#given.some((one) => one.key === key);
  }

  /** Which of these options was given last. */
  lastOf(...keys: readonly OptionKey[]): OptionKey | undefined {
    return this.#given.findLast(({ key }) => keys.includes(key))?.key;
  }

  get isVerbose(): boolean {
    return this.has("verbose");
  }

  get bus(): Bus {
    const chosen = this.lastOf("system", "session");
    if (chosen === undefined) return defaultBus(this.#surroundings);
    return chosen === "system" ? "system" : "session";
  }
}

/** Reads the options of a command, in order, as far as they are right. @throws {Stop} */
export function readValues(command: Command, argv: readonly string[], surroundings: Surroundings): Values {
  const allowed = Object.values(command.options).flat();
  const given: Given[] = [];
  const operands: string[] = [];
  for (const item of readCommandLine(allowed, argv)) {
    switch (item.kind) {
      case "problem":
        throw new Stop(item.text, { showHelp: true });
      case "operand":
        operands.push(item.text);
        break;
      case "option":
        if (item.given.key === "help") throw new Stop("", { showHelp: true });
        given.push({ ...item.given, text: complete(item.given, surroundings) });
    }
  }
  if (operands.length > 0) {
    const each = operands.map((text) => `Error: unused extra argument "${text}".\n`).join("");
    const details = command.name === "request" ? each : "";
    throw new Stop(`${details}Error: unused extra arguments were supplied.`, { showHelp: true });
  }
  return new Values(given, surroundings);
}

/** Connects for the time of `work`. */
export async function withClient<T>(
  values: Values,
  { environment }: Surroundings,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await Client.connect(values.bus, environment, values.isVerbose);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

/** What an option's text stands for. @throws {Stop} */
function complete({ key, text }: Given, surroundings: Surroundings): string {
  switch (key) {
    case "dbdir":
    case "caDbdir":
      return databasePath(text, surroundings);
    case "keyfile":
    case "certfile":
    case "caFile":
      return pemPath(text, surroundings);
    case "keyType":
      return keyType(text);
    case "keyUsage":
      if (keyUsageBit(text) === undefined) throw new Stop(`Unrecognized keyUsage "${text}".`);
      return text;
    case "extendedKeyUsage": {
      const oid = oidOf(text);
      if (oid === undefined) throw new Stop(`Could not evaluate OID "${text}".`);
      return oid;
    }
    case "principal":
      return principal(text, surroundings);
    case "keyPerms":
    case "certPerms":
      // certmonger's getcert takes anything here and silently leaves out what is no number.
      if (!/^[0-7]{1,4}$/.test(text)) {
        throw new Stop(
          `Invalid permissions "${text}" for --${lookUp(key).long}: give them in octal, as 0640.`,
        );
      }
      return text;
    default:
      return text;
  }
}

function keyType(text: string): string {
  if (["RSA", "EC", "ECDSA"].includes(text.toUpperCase())) return text;
  throw new Stop(`No support for generating "${text}" keys.\nKnown key types include: RSA EC`);
}

function principal(text: string, { environment }: Surroundings): string {
  if (text === "") return text;
  const complete = completePrincipal(text, defaultRealm(environment));
  if (complete !== undefined) return complete;
  throw new Stop(`Error parsing Kerberos principal name "${text}": Malformed representation of principal.`);
}
