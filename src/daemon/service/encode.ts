import type { NamedCertificate } from "../../../protocol/index.ts";
import { certmonger } from "../../bus/certmonger.ts";
import { BusError } from "../../bus/error.ts";
import type { BusValue } from "../../bus/values.ts";
import { FileError } from "../../files/error.ts";
import { DaemonError } from "../error.ts";

/** Seconds since 1970; 0 when it never was. */
export const seconds = (time: Date | undefined): bigint => BigInt(Math.floor((time?.getTime() ?? 0) / 1000));

/** `a(ss)`: nickname and PEM of each. */
export const pairs = (certificates: readonly NamedCertificate[] | undefined): BusValue | undefined =>
  certificates?.map(({ nickname, certificate }) => [nickname, certificate]);

/** `a,b` → `["a", "b"]`: how the store keeps extended key usages. */
export const commaList = (text: string | undefined): readonly string[] | undefined =>
  text?.split(",").filter((item) => item !== "");

/** `101` → 5n: bit 0 is digitalSignature. */
export const usageNumber = (text: string | undefined): bigint =>
  [...(text ?? "")].reduce((sum, digit, bit) => (digit === "1" ? sum | (1n << BigInt(bit)) : sum), 0n);

/** Does `work`; the daemon's refusals become certmonger's errors on the bus. */
export async function refusalsAsErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FileError) {
      // certmonger has no name for a full disk: getcert shows the text of this one.
      throw new BusError(`${certmonger.name}.internal`, error.message, { cause: error });
    }
    if (!(error instanceof DaemonError)) throw error;
    throw new BusError(`${certmonger.name}.${error.kind}`, error.message, { cause: error });
  }
}
