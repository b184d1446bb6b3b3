import { HelperFailure, type Issued, issued, splitPem } from "../../protocol/index.ts";
import { IpaError } from "./ipa-error.ts";
import { type JsonObject, listOf, memberOf, textOf } from "./json.ts";
import type { IpaServer } from "./json-rpc.ts";
import type { Wanted } from "./settings.ts";

export interface CertRequest extends Wanted {
  /** PEM. */
  readonly csr: string;
  /** Whether a missing service is to be made. */
  readonly add: boolean;
  /** Whether a server that does not know CAs or profiles may choose them itself. */
  readonly dropUnknown: boolean;
}

/** Options of `cert_request` that old servers do not know, and since when they do. */
const youngOptions: Readonly<Record<string, { readonly flag: string; readonly since: string }>> = {
  cacn: { flag: "the issuer (getcert -X)", since: "4.4" },
  profile_id: { flag: "the profile (getcert -T)", since: "4.2" },
};

/**
 * Asks the server for the certificate, with its chain.
 *
 * Without a chain from a server that does not know `chain` (before 4.5) the chain comes from `ca_show`.
 *
 * @throws {HelperFailure} `rejected` when the server does not know an option that would change what is issued;
 *   certmonger's own helper leaves it out and takes whatever comes
 */
export async function requestCertificate(server: IpaServer, wanted: CertRequest): Promise<Issued> {
  const { principal, profile, issuer, add } = wanted;
  let options: JsonObject = {
    principal,
    ...(profile !== undefined && { profile_id: profile }),
    ...(issuer !== undefined && { cacn: issuer }),
    ...(add && { add: true }),
    chain: true,
  };
  let isRepeated = false;
  for (;;) {
    try {
      const { result } = await server.call("cert_request", [base64Of(wanted.csr)], options);
      const certificate = certificateOf(result, server);
      return issued({ certificate, chain: await chainOf(server, result, issuer) });
    } catch (error) {
      if (!(error instanceof IpaError)) throw error;
      // Two requests made the same service at the same moment: the other one has made it.
      if (error.code === 4002 && !isRepeated) isRepeated = true;
      else if (error.code === 3005) options = without(unknownOption(error, options), options, wanted, server);
      else throw error;
    }
  }
}

/** The option that the server does not know, as far as it says so and we sent it. */
function unknownOption(error: IpaError, options: JsonObject): string {
  const named = textOf(memberOf(error.data, "option")) ?? /: (\w+)$/.exec(error.message)?.[1] ?? "";
  if (!(named in options)) throw error;
  return named;
}

function without(
  name: string,
  options: JsonObject,
  wanted: CertRequest,
  { name: server }: IpaServer,
): JsonObject {
  const young = youngOptions[name];
  if (young !== undefined && !wanted.dropUnknown) {
    const what = `${server} does not know ${young.flag}, which FreeIPA has since ${young.since}`;
    const remedy = "ask another server, leave it out, or let the server choose with --drop-unknown";
    throw new HelperFailure("rejected", `${what} (3005 OptionError): ${remedy}`);
  }
  const { [name]: _, ...others } = options;
  return others;
}

/** The CSR as the server likes it: base64 in one line, no header lines. */
export function base64Of(csr: string): string {
  return (splitPem(csr)[0]?.base64 ?? csr).replace(/\s/g, "");
}

/**
 * @throws {HelperFailure} `unreachable` when there is none. No other server is asked: this one may have issued it.
 */
function certificateOf(result: unknown, { name: server }: IpaServer): string {
  const base64 = textOf(memberOf(result, "certificate")) ?? "";
  const pem = pemOf(base64);
  if (pem !== undefined) return pem;
  const what = base64 === "" ? "no certificate" : "a certificate that is not base64";
  throw new HelperFailure("unreachable", `${server} sent an answer with ${what}: see its web server's log`);
}

/** From the leaf's issuer to the root. The server's own chain begins with the leaf. */
async function chainOf(server: IpaServer, result: unknown, issuer: string | undefined): Promise<string[]> {
  const given = memberOf(result, "certificate_chain");
  if (Array.isArray(given)) return pemsOf(given).slice(1);
  try {
    return await caChain(server, issuer ?? textOf(memberOf(result, "cacn")) ?? "ipa");
  } catch (error) {
    // Sub-CAs and their chains are older than this server; the certificate is what was asked for.
    if (error instanceof IpaError) return [];
    throw error;
  }
}

/** A CA's certificate and what is above it, up to the root. */
export async function caChain(server: IpaServer, name: string): Promise<string[]> {
  const { result } = await server.call("ca_show", [name], { chain: true });
  const chain = pemsOf(listOf(memberOf(result, "certificate_chain")));
  const own = pemOf(textOf(memberOf(result, "certificate")) ?? "");
  return chain.length > 0 || own === undefined ? chain : [own];
}

/** `{"__base64__": …}` objects, or texts. */
function pemsOf(values: readonly unknown[]): string[] {
  return values.flatMap((value) => pemOf(textOf(value) ?? textOf(memberOf(value, "__base64__")) ?? "") ?? []);
}

/** PEM of a certificate's base64; `undefined` for what is none. Whether it is a certificate is looked at later. */
function pemOf(base64: string): string | undefined {
  const compact = base64.replace(/\s/g, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined;
  const lines = compact.replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
