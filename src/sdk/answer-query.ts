import {
  encodeLine,
  encodeList,
  encodeRequirements,
  encodeRoots,
  encodeScepCertificates,
  type HelperResult,
  type Invocation,
  type QueryOperation,
} from "../../protocol/index.ts";
import type { Helper, HelperContext } from "./helper.ts";
import type { OptionTable } from "./option-table.ts";

type Answer<O extends OptionTable> = (context: HelperContext<O>) => Promise<string>;

/** How a helper answers one of the eight questions, or `undefined` when it does not (exit status 6). */
export function findAnswer<O extends OptionTable>(
  helper: Helper<O>,
  operation: QueryOperation,
): Answer<O> | undefined {
  const { roots, templates, defaultTemplate, scepCapabilities, scepCertificates } = helper;
  switch (operation) {
    case "IDENTIFY":
      return async () => identity(helper);
    case "FETCH-ROOTS":
      return (
        roots && (async (context) => encodeRoots({ ...noRoots, ...(await roots.call(helper, context)) }))
      );
    case "GET-SUPPORTED-TEMPLATES":
      return templates && (async (context) => encodeList(await templates.call(helper, context)));
    case "GET-DEFAULT-TEMPLATE":
      return defaultTemplate && (async (context) => encodeLine(await defaultTemplate.call(helper, context)));
    case "GET-NEW-REQUEST-REQUIREMENTS":
      return fixed(helper.newRequestRequirements && encodeRequirements(helper.newRequestRequirements));
    case "GET-RENEW-REQUEST-REQUIREMENTS":
      return fixed(helper.renewRequestRequirements && encodeRequirements(helper.renewRequestRequirements));
    case "FETCH-SCEP-CA-CAPS":
      return (
        scepCapabilities && (async (context) => encodeList(await scepCapabilities.call(helper, context)))
      );
    case "FETCH-SCEP-CA-CERTS":
      return (
        scepCertificates &&
        (async (context) => encodeScepCertificates(await scepCertificates.call(helper, context)))
      );
  }
}

/** The answer to what needs no configuration: IDENTIFY, and "unsupported" for what the helper does not do. */
export function quickAnswer<O extends OptionTable>(
  helper: Helper<O>,
  invocation: Invocation,
): HelperResult | undefined {
  switch (invocation.operation) {
    case "SUBMIT":
    case "POLL":
      return undefined;
    case "unknown":
      return { status: "unsupported" };
    case "IDENTIFY":
      return { status: "answered", output: identity(helper) };
    default:
      return findAnswer(helper, invocation.operation) === undefined ? { status: "unsupported" } : undefined;
  }
}

function identity(helper: Pick<Helper, "identity" | "name" | "version">): string {
  return encodeLine(helper.identity ?? `${helper.name} ${helper.version}`);
}

const noRoots = { roots: [], otherRoots: [], others: [] };

function fixed<O extends OptionTable>(output: string | undefined): Answer<O> | undefined {
  return output === undefined ? undefined : async () => output;
}
