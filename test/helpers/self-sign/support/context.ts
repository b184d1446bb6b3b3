import { options, type SelfSignOptions } from "../../../../helpers/self-sign/options.ts";
import type { EnrollmentRequest } from "../../../../protocol/index.ts";
import type { HelperContext } from "../../../../src/sdk/helper.ts";
import { newDirectory } from "../../../support/directory.ts";

const aDay = 86_400;

/** The options as they are when nobody sets any, but with a CA that is made quickly. */
const defaults: SelfSignOptions = {
  caDataDirectory: undefined,
  policy: undefined,
  validity: 365 * aDay,
  caName: options.caName.default,
  caKeyType: "EC-P256",
  caValidity: 3650 * aDay,
  json: false,
};

export interface TestContext extends HelperContext<typeof options> {
  /** What was logged as warning or information. */
  readonly logged: string[];
  /** What a command printed. */
  readonly printed: string[];
  print(text: string): void;
}

/** The context of one run in a directory of its own, or in the given one. */
export function makeContext(
  given: Partial<SelfSignOptions> = {},
  now: () => Date = () => new Date(),
): TestContext {
  const logged: string[] = [];
  const printed: string[] = [];
  const log = (message: string) => void logged.push(message);
  return {
    options: { ...defaults, caDataDirectory: newDirectory(), ...given },
    log: { error: log, warn: log, info: log, debug: () => {} },
    signal: new AbortController().signal,
    now,
    resumeWith: () => {},
    logged,
    printed,
    print: (text) => void printed.push(text),
  };
}

/** What SUBMIT carries for a CSR. */
export function requestFor(csr: string, more: Partial<EnrollmentRequest> = {}): EnrollmentRequest {
  return { csr, hostnames: [], principals: [], emails: [], ipAddresses: [], ...more };
}
