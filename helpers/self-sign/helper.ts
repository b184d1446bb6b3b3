import { defineHelper } from "../../src/sdk/helper.ts";
import { version } from "../../src/version.ts";
import { answersDependOn, options, stateDirectory } from "./options.ts";

/**
 * `self-sign-submit`: a CA of this machine alone, in the place of certmonger's `local-submit`.
 *
 * Everything but the answer to IDENTIFY is loaded when it is asked for.
 */
export const helper = defineHelper({
  name: "self-sign-submit",
  version,
  describe: "A local CA: certificates from a root that is made and kept on this machine.",
  options,
  newRequestRequirements: [],

  async submit(request, context) {
    const { submit } = await import("./submit.ts");
    return await submit(request, context);
  },
  async roots(context) {
    const { fetchRoots } = await import("./queries.ts");
    return await fetchRoots(context);
  },
  async templates({ options: { policy } }) {
    const { profileNames } = await import("./queries.ts");
    return await profileNames(policy);
  },
  async defaultTemplate({ options: { policy } }) {
    const { defaultProfileName } = await import("./queries.ts");
    return await defaultProfileName(policy);
  },
  async *check(context) {
    const { check } = await import("./check.ts");
    yield* check(context);
  },
  commands: {
    list: {
      describe: "show the certificates that were issued",
      async run(_args, context) {
        const { list } = await import("./list.ts");
        return await list(context);
      },
    },
    "roll-over": {
      describe: "make the next CA now; the old root stays trusted until its end",
      async run(_args, context) {
        const { rollOverNow } = await import("./queries.ts");
        return await rollOverNow(context);
      },
    },
  },
  stateDirectory,
  answersDependOn,
});
