/** What an option holds: nothing (it is counted), a text, or a number. */
export type Takes = "nothing" | "text" | "number";

export interface Option {
  readonly short?: string;
  readonly long?: string;
  readonly takes: Takes;
  /** Placeholder in the help, for an option that takes something. */
  readonly argument?: string;
  readonly describe: string;
}

const flag = (short: string | undefined, long: string, describe: string): Option => ({
  ...(short !== undefined && { short }),
  long,
  takes: "nothing",
  describe,
});

const text = (short: string | undefined, long: string, argument: string, describe: string): Option => ({
  ...(short !== undefined && { short }),
  long,
  takes: "text",
  argument,
  describe,
});

/** Every option of every command; `getcert`'s letters and names, measured on certmonger 0.79.17. */
export const options = {
  dbdir: text("d", "dbdir", "DIR", "NSS database that holds key and certificate"),
  nickname: text("n", "nickname", "NAME", "nickname of the certificate in the NSS database; with -d"),
  token: text("t", "token", "NAME", "token in the NSS database; with -d"),
  keyfile: text("k", "keyfile", "FILE", "PEM file of the private key; with -f"),
  certfile: text("f", "certfile", "FILE", "PEM file of the certificate"),
  pinfile: text("p", "pinfile", "FILE", "file whose first line is the PIN of the key"),
  pin: text("P", "pin", "PIN", "the PIN of the key; better use -p: everybody can read command lines"),
  id: text("i", "id", "NAME", "the request with this nickname"),
  requestName: text("I", "id", "NAME", "nickname for the request"),
  newId: text("I", "new-id", "NAME", "another nickname for the request"),
  keyType: text("G", "key-type", "TYPE", "type of a key that is to be made: RSA or EC"),
  keySize: { short: "g", long: "key-size", takes: "number", argument: "BITS", describe: "size of that key" },
  renew: flag("r", "renew", "renew the certificate when its end comes near (this is the default)"),
  noRenew: flag("R", "no-renew", "only warn when its end comes near"),
  ca: text("c", "ca", "CA", "nickname of the CA"),
  profile: text("T", "profile", "NAME", "profile (template) that the CA is asked to use"),
  msTemplate: text(undefined, "ms-template-spec", "OID:MAJOR[:MINOR]", "V2 template to name in the CSR"),
  issuer: text("X", "issuer", "NAME", "issuer that the CA is asked to use"),
  subject: text("N", "subject-name", "NAME", "subject of the certificate (default CN=<hostname>)"),
  keyUsage: text("u", "key-usage", "USAGE", "key usage, such as digitalSignature; may be repeated"),
  extendedKeyUsage: text(
    "U",
    "extended-key-usage",
    "OID",
    "extended key usage: an OID or a name such as id-kp-serverAuth; may be repeated",
  ),
  principal: text("K", "principal", "NAME", "Kerberos principal; may be repeated"),
  dns: text("D", "dns", "NAME", "DNS name; may be repeated"),
  email: text("E", "email", "ADDRESS", "e-mail address; may be repeated"),
  ip: text("A", "ip-address", "ADDRESS", "IP address; may be repeated"),
  challengeFile: text(
    "l",
    "challenge-password-file",
    "FILE",
    "file that holds a challenge password for the CSR",
  ),
  challenge: text("L", "challenge-password", "PASSWORD", "a challenge password for the CSR"),
  before: text("B", "before-command", "COMMAND", "run this before the certificate is saved"),
  after: text("C", "after-command", "COMMAND", "run this after the certificate is saved"),
  caFile: text("F", "ca-file", "FILE", "save the CA's certificates in this file; may be repeated"),
  caDbdir: text("a", "ca-dbdir", "DIR", "save the CA's certificates in this NSS database; may be repeated"),
  wait: flag("w", "wait", "wait until there is a certificate, or until it is clear that there will be none"),
  waitTimeout: {
    long: "wait-timeout",
    takes: "number",
    argument: "SECONDS",
    describe: "wait no longer than this",
  },
  keyOwner: text("o", "key-owner", "USER[:GROUP]", "owner of the key's file"),
  keyPerms: text("m", "key-perms", "MODE", "permissions of the key's file, octal"),
  certOwner: text("O", "cert-owner", "USER[:GROUP]", "owner of the certificate's file"),
  certPerms: text("M", "cert-perms", "MODE", "permissions of the certificate's file, octal"),
  nssUser: text("Z", "nss-user", "USER", "save in the NSS database as this user"),
  forCa: flag(undefined, "for-ca", "ask for a CA certificate"),
  notForCa: flag(undefined, "not-for-ca", "ask for a certificate that is not a CA's"),
  caPathLength: {
    long: "ca-path-length",
    takes: "number",
    argument: "N",
    describe: "path length of the CA certificate",
  },
  requestsOnly: flag("r", "requests-only", "only requests that are under way"),
  trackingOnly: flag("t", "tracking-only", "only certificates that are there and watched"),
  utc: flag("u", "utc", "times in UTC instead of local time"),
  all: flag("a", "all", "all of them"),
  command: text("e", "command", "COMMAND", "helper command that talks to the CA"),
  json: flag(undefined, "json", "print JSON"),
  plain: flag(undefined, "plain", "on a terminal too, print what goes into a file or pipe"),
  verbose: flag("v", "verbose", "say more"),
  system: flag("S", "system", "find the daemon on the system bus (this is the default)"),
  session: flag("s", "session", "find the daemon on the session bus"),
  help: flag("H", "help", "show this help"),
} as const satisfies Readonly<Record<string, Option>>;

export type OptionKey = keyof typeof options;

/** An option as it came up on the command line. */
export interface Given {
  readonly key: OptionKey;
  /** The text after the option; "" for one that takes nothing. */
  readonly text: string;
  /** The number, for an option that takes one. */
  readonly number: number;
}

export type CommandLineItem =
  | { readonly kind: "option"; readonly given: Given }
  | { readonly kind: "operand"; readonly text: string }
  | { readonly kind: "problem"; readonly text: string };

/**
 * Reads a command line as popt does, in order: `-abVALUE`, `-b VALUE`, `-b=VALUE`, `--long=VALUE`, `--long VALUE`,
 * and after `--` nothing but operands. The caller stops at the first problem.
 *
 * @see popt.c, poptGetNextOpt; its messages are getcert's
 */
export function* readCommandLine(
  allowed: readonly OptionKey[],
  argv: readonly string[],
): Generator<CommandLineItem> {
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") {
      for (const text of rest.splice(0)) yield { kind: "operand", text };
    } else if (word.startsWith("--")) {
      yield readLong(allowed, word, rest);
    } else if (word.startsWith("-") && word.length > 1) {
      yield* readCluster(allowed, word, rest);
    } else {
      yield { kind: "operand", text: word };
    }
  }
}

function readLong(allowed: readonly OptionKey[], word: string, rest: string[]): CommandLineItem {
  const [, name = "", value] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  const key = allowed.find((one) => lookUp(one).long === name);
  if (key === undefined) return problem(`unrecognized option --${name}`);
  return take(key, `--${name}`, value, rest);
}

function* readCluster(
  allowed: readonly OptionKey[],
  word: string,
  rest: string[],
): Generator<CommandLineItem> {
  for (let at = 1; at < word.length; at++) {
    const letter = word.charAt(at);
    const key = allowed.find((one) => lookUp(one).short === letter);
    if (key === undefined) {
      yield problem(`unrecognized option -${letter}`);
    } else if (lookUp(key).takes === "nothing") {
      yield take(key, `-${letter}`, undefined, rest);
    } else {
      const joined = word.slice(at + 1).replace(/^=/, "");
      yield take(key, `-${letter}`, at + 1 < word.length ? joined : undefined, rest);
      return;
    }
  }
}

function take(key: OptionKey, name: string, joined: string | undefined, rest: string[]): CommandLineItem {
  const { takes } = lookUp(key);
  if (takes === "nothing") return { kind: "option", given: { key, text: "", number: 0 } };
  const text = joined ?? rest.shift();
  if (text === undefined) return problem(`missing argument for ${name}`);
  // certmonger takes -g as a text and reads it with atoi; popt reads the others and is strict.
  if (takes === "number" && key !== "keySize" && !/^[+-]?\d+$/.test(text)) {
    return problem("invalid numeric value");
  }
  return { kind: "option", given: { key, text, number: Number.parseInt(text, 10) || 0 } };
}

const problem = (text: string): CommandLineItem => ({ kind: "problem", text });

/** By the general type: the table's own type knows which options have no short form. */
export function lookUp(key: OptionKey): Option {
  return options[key];
}
