import type { CheckLine } from "../../src/sdk/helper.ts";
import type { Csr } from "../../src/x509/csr.ts";
import type { CsrQuestion } from "./check-csr.ts";
import { failed, ok } from "./check-line.ts";
import { judge } from "./failure.ts";
import { IpaError } from "./ipa-error.ts";
import { memberOf, textOf } from "./json.ts";
import type { IpaServer } from "./json-rpc.ts";
import { deepProbe, shallowIsFine, shallowProbe } from "./probe.ts";

export interface ProbeQuestion extends CsrQuestion {
  /** Whether the principal is not there. A request would make a service; a probe makes none. */
  readonly isNew: boolean;
}

/**
 * Lets the server run its own checks. Any certificate that comes of it is an alarm.
 */
export async function* dryRun(
  server: IpaServer,
  csr: Csr,
  question: ProbeQuestion,
): AsyncGenerator<CheckLine> {
  yield await probe(server, question, "the server's own checks", shallowProbe(csr), isFineShallow);
  if (question.isDeep) {
    yield await probe(server, question, "the CA's own check", deepProbe(csr), isFineDeep);
  }
}

const isFineShallow = ({ code, info }: IpaError) => code === 2100 && shallowIsFine.test(info);
/** The CA says so to a signature that is wrong; a profile that is not there, say, has other words. */
const isFineDeep = ({ code, info }: IpaError) => code === 4035 && /Invalid Request/.test(info);

async function probe(
  server: IpaServer,
  question: ProbeQuestion,
  what: string,
  csr: string,
  isFine: (error: IpaError) => boolean,
): Promise<CheckLine> {
  const { principal, profile, issuer } = question.subject;
  const options = {
    principal,
    ...(profile !== undefined && { profile_id: profile }),
    ...(issuer !== undefined && { cacn: issuer }),
  };
  try {
    const { result } = await server.call("cert_request", [csr], options);
    const serial = textOf(memberOf(result, "serial_number_hex")) ?? textOf(memberOf(result, "serial_number"));
    return failed(
      `${what}: a request that can not be right was issued, serial number ${serial ?? "unknown"}: revoke it with ` +
        `ipa cert-revoke ${serial ?? "NUMBER"}, and tell who runs the CA`,
    );
  } catch (error) {
    if (!(error instanceof IpaError)) throw error;
    if (isFine(error)) return ok(`${what}: nothing to object to`);
    const isMissing = error.code === 4001 && /principal for this request/.test(error.info);
    if (isMissing && question.isNew && question.add)
      return ok(`${what}: not to be had for a service that is not there yet`);
    return failed(`${what}: ${judge(error, server.name, question.subject).failure.message}`);
  }
}
