import { defineHelper } from "../../src/sdk/helper.ts";
import { version } from "../../src/version.ts";
import { type Machine, thisMachine } from "./machine.ts";
import { defaultProfile, options } from "./options.ts";

/**
 * `ipa-submit`: certificates from FreeIPA, in the place of certmonger's helper of that name.
 *
 * Everything but the answer to IDENTIFY is loaded when it is asked for.
 */
export function makeIpaHelper(machine: Machine) {
  return defineHelper({
    name: "ipa-submit",
    version,
    describe: "FreeIPA: certificates from the CA of an IPA domain, over JSON-RPC and Kerberos.",
    options,
    newRequestRequirements: ["principals", "subject"],
    // certmonger asks nothing of a renewal that it does not have already.
    renewRequestRequirements: [],

    async submit(request, context) {
      const { submit } = await import("./submit.ts");
      return await submit(request, context, machine);
    },
    async roots(context) {
      const { fetchRoots } = await import("./queries.ts");
      return await fetchRoots(context, machine);
    },
    async templates(context) {
      const { templates } = await import("./queries.ts");
      return await templates(context, machine);
    },
    /** What the options name, else what the server takes by itself. */
    async defaultTemplate({ options: { profile } }) {
      return profile || defaultProfile;
    },
    async *check(context) {
      const { check } = await import("./check.ts");
      yield* check(context, machine);
    },
    stateDirectory: ({ stateDirectory }) => stateDirectory,
  });
}

export const helper = makeIpaHelper(thisMachine);
