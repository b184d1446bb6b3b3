import { decodeList, decodeRequirements, firstLine, type QueryOperation } from "../../../protocol/index.ts";
import { type Run, stdoutText } from "../run.ts";
import type { Trial } from "../trial.ts";
import { type Check, failed, hidden, notApplicable, notSupported, passed, type Verdict } from "./check.ts";
import { stable, unanswered } from "./operations.ts";

const templates = "GET-SUPPORTED-TEMPLATES";
const requirements = ["GET-NEW-REQUEST-REQUIREMENTS", "GET-RENEW-REQUEST-REQUIREMENTS"] as const;
const lists = [templates, ...requirements, "FETCH-SCEP-CA-CAPS"] as const;

export const listChecks: readonly Check[] = [
  {
    id: "lists.leading-separator",
    severity: "must",
    operation: "the lists",
    title: "no list starts with a separator",
    rule: "Items are separated by any run of commas and line ends; one as the very first character makes the list empty.",
    harm: "certmonger stores an empty list.",
    tried: `${lists.join(", ")}; the answers read by certmonger's grammar`,
    mend: "Print the first item at the very start.",
    judge: (trial) =>
      judgeLists(trial, lists, (run) => {
        const text = stdoutText(run);
        const lost = /^[,\r\n]/.test(text) && /[^,\s]/.test(text);
        return lost ? `${run.operation} starts with a separator: the list is empty` : undefined;
      }),
  },
  {
    id: "lists.blanks",
    severity: "must",
    operation: "the lists",
    title: "no item has blanks around it",
    rule: "Blanks are part of an item: `a, b` is `a` and ` b`.",
    harm: "The template that certmonger stores and hands back starts with a blank, and the CA does not know it; a requirement with a blank is dropped.",
    tried: `${lists.join(", ")}; the answers read by certmonger's grammar`,
    mend: "Separate with a line end or a comma, and nothing else.",
    judge: (trial) =>
      judgeLists(trial, lists, (run) => {
        const blank = itemsOf(run).find((item) => item !== item.trim());
        return blank === undefined ? undefined : `${run.operation} has the item ${JSON.stringify(blank)}`;
      }),
  },
  {
    id: "lists.duplicates",
    severity: "should",
    operation: "the lists",
    title: "no item is there twice",
    rule: "A list names each item once.",
    harm: "People are shown the same choice twice.",
    tried: `${lists.join(", ")}`,
    mend: "Leave out what is there already.",
    judge: (trial) =>
      judgeLists(trial, lists, (run) => {
        const items = itemsOf(run).map((item) => item.trim());
        const twice = items.find((item, index) => items.indexOf(item) < index);
        return twice === undefined ? undefined : `${run.operation} has ${JSON.stringify(twice)} twice`;
      }),
  },
  {
    id: "lists.requirement-names",
    severity: "should",
    operation: requirements.join(", "),
    title: "the requirements are ones that certmonger knows",
    rule: "Seven names are understood: CERTMONGER_REQ_SUBJECT, _HOSTNAME, _PRINCIPAL, _EMAIL and _IP_ADDRESS, CERTMONGER_CA_PROFILE and _ISSUER.",
    harm: "Every other name, CERTMONGER_CSR too, is dropped without a word.",
    tried: requirements.join(", "),
    mend: "Name only those; a CSR is always there.",
    judge: (trial) =>
      judgeLists(trial, requirements, (run) => {
        const unknown = itemsOf(run).find((item) => decodeRequirements(item.trim()).length === 0);
        return unknown === undefined ? undefined : `${run.operation} names ${JSON.stringify(unknown)}`;
      }),
  },
  {
    id: "lists.default-line",
    severity: "should",
    operation: "GET-DEFAULT-TEMPLATE",
    title: "GET-DEFAULT-TEMPLATE answers one line",
    rule: "The first line is the default template; an empty one means none.",
    harm: "Lines after the first are not looked at; an empty first line hides what follows.",
    tried: "GET-DEFAULT-TEMPLATE",
    mend: "Print the one name, or answer 6 when there is none.",
    judge: async (trial) => {
      const run = await trial.query("GET-DEFAULT-TEMPLATE");
      if (run.exitStatus !== 0) return unanswered(run);
      const lines = stdoutText(run)
        .trimEnd()
        .split(/\r\n|\r|\n/).length;
      return lines === 1 ? passed : failed(`the answer has ${lines} lines`, run);
    },
  },
  {
    id: "lists.default-listed",
    severity: "should",
    operation: "GET-DEFAULT-TEMPLATE",
    title: "the default template is one of the supported ones",
    rule: "The default is a template that the CA supports.",
    harm: "People who choose from the list do not find what they get by default.",
    tried: `GET-DEFAULT-TEMPLATE and ${templates}`,
    mend: "Take both from the same source.",
    judge: async (trial) => {
      const run = await trial.query("GET-DEFAULT-TEMPLATE");
      if (run.exitStatus !== 0) return unanswered(run);
      const list = await trial.query(templates);
      if (list.exitStatus !== 0) return notSupported(templates);
      const name = firstLine(stdoutText(run)).trim();
      if (name === "") return notApplicable("there is no default template");
      const known = itemsOf(list).map((item) => item.trim());
      if (known.length === 0) return hidden("lists.leading-separator");
      return known.includes(name) ? passed : failed(`${JSON.stringify(name)} is not in the list`, run, list);
    },
  },
  {
    id: "lists.stable",
    severity: "must",
    operation: "the lists",
    title: "the lists are always the same",
    rule: "As long as the CA's data is the same, so is the answer, in the same order.",
    harm: "Each change stops and restarts every request of the CA; a SUBMIT under way is run a second time and its certificate is thrown away.",
    tried: `${[...lists, "GET-DEFAULT-TEMPLATE"].join(", ")} twice, more than a second apart`,
    mend: "Sort the items; leave out what changes.",
    judge: (trial) => stable(trial, [...lists, "GET-DEFAULT-TEMPLATE"]),
  },
];

function itemsOf(run: Run): string[] {
  return decodeList(stdoutText(run));
}

/** Whether any of the answers has the problem that `find` describes. */
async function judgeLists(
  trial: Trial,
  operations: readonly QueryOperation[],
  find: (run: Run) => string | undefined,
): Promise<Verdict> {
  let answered = 0;
  for (const operation of operations) {
    const run = await trial.query(operation);
    if (run.exitStatus !== 0) continue;
    answered++;
    const problem = find(run);
    if (problem !== undefined) return failed(problem, run);
  }
  return answered > 0 ? passed : notSupported(operations.join(", "));
}
