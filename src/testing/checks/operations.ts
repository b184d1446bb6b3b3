import { ExitStatus, firstLine, type QueryOperation, queryOperations } from "../../../protocol/index.ts";
import { isUtf8, quote } from "../judge-message.ts";
import { describeEnd, type Run, stdoutText } from "../run.ts";
import type { Trial } from "../trial.ts";
import { type Check, failed, hidden, notApplicable, notSupported, passed, type Verdict } from "./check.ts";
import { judgePlain, plainFault } from "./plain.ts";

const unknownName = "CONFORMANCE-TEST";

export const operationChecks: readonly Check[] = [
  {
    id: "operations.unknown",
    severity: "must",
    operation: "unknown",
    title: "an operation that it does not know is answered with 6",
    rule: "A helper answers an operation that it does not implement with exit status 6.",
    harm: "certmonger takes the answer for data about the CA, or believes that the CA said no; an operation that a later certmonger introduces can order certificates.",
    tried: `CERTMONGER_OPERATION=${unknownName}`,
    mend: "End the switch over the operation with a default branch that exits 6 and prints nothing.",
    judge: async (trial) => {
      const run = await unknown(trial, unknownName);
      if (run.exitStatus === ExitStatus.unsupported) return passed;
      return failed(`an unknown operation ended with ${describeEnd(run)}`, run);
    },
  },
  {
    id: "operations.unknown-silent",
    severity: "should",
    operation: "unknown",
    title: "nothing is printed with 6",
    rule: "With exit status 6 there is nothing to say on stdout.",
    harm: "The text is not shown to anyone; programs that call helpers themselves take it for an answer.",
    tried: `CERTMONGER_OPERATION=${unknownName}, and every query that was answered with 6`,
    mend: "Exit 6 before anything is printed; usage belongs to --help.",
    judge: async (trial) => {
      const runs = [await unknown(trial, unknownName), ...(await allQueries(trial))];
      const loud = runs.find((run) => run.exitStatus === ExitStatus.unsupported && run.stdout.length > 0);
      return loud === undefined ? passed : failed(`${quote(stdoutText(loud))} was printed with 6`, loud);
    },
  },
  {
    id: "operations.loose-match",
    severity: "must",
    operation: "unknown",
    title: "operations are matched as whole words",
    rule: "The operation is the whole value of CERTMONGER_OPERATION.",
    harm: "A later operation whose name holds an old one (SUBMIT-SOMETHING) is carried out as the old one, and a certificate is ordered.",
    tried: "CERTMONGER_OPERATION=SUBMIT-TEST, TEST-SUBMIT, IDENTIFY-TEST and POLLING, with a CSR",
    mend: "Compare for equality, not for a substring or a prefix.",
    judge: async (trial) => {
      const plain = await unknown(trial, unknownName);
      if (plain.exitStatus !== ExitStatus.unsupported) return hidden("operations.unknown");
      for (const name of ["SUBMIT-TEST", "TEST-SUBMIT", "IDENTIFY-TEST", "POLLING"]) {
        const run = await unknown(trial, name);
        if (run.exitStatus !== ExitStatus.unsupported) {
          return failed(`CERTMONGER_OPERATION=${name} ended with ${describeEnd(run)}, not with 6`, run);
        }
      }
      return passed;
    },
  },
  {
    id: "operations.query-status",
    severity: "must",
    operation: "the eight queries",
    title: "every query ends with a status that certmonger knows",
    rule: "A query ends with 0 and the answer, 3 or 4 when the CA can not be asked, or 6.",
    harm: "certmonger takes the status for 'nothing changed': old data stays, nothing is logged, and it does not ask again until it is restarted.",
    tried: "each of the eight queries, one at a time",
    mend: "Map every failure to 3, missing configuration to 4, and what is not implemented to 6; catch what is thrown.",
    judge: async (trial) => {
      for (const run of await allQueries(trial)) {
        if (run.stoppedBy !== undefined) continue;
        if (run.exitStatus === undefined || run.exitStatus > ExitStatus.unsupported) {
          return failed(`${run.operation} ended with ${describeEnd(run)}`, run);
        }
      }
      return passed;
    },
  },
  {
    id: "operations.query-answer",
    severity: "should",
    operation: "the eight queries",
    title: "no query says wait or rejected",
    rule: "1, 2 and 5 are answers to SUBMIT and POLL; a query answers with 0, 3, 4 or 6.",
    harm: "2 makes certmonger believe that the CA does not support the query, and it does not ask again; 1 and 5 are asked again later. 2 is also what a shell gives for a wrong command line.",
    tried: "each of the eight queries, one at a time",
    mend: "Answer 6 for what is not supported, 3 for what can not be asked now.",
    judge: async (trial) => {
      const odd: readonly (number | undefined)[] = [
        ExitStatus.wait,
        ExitStatus.rejected,
        ExitStatus.waitWithDelay,
      ];
      const run = (await allQueries(trial)).find(({ exitStatus }) => odd.includes(exitStatus));
      return run === undefined ? passed : failed(`${run.operation} ended with ${describeEnd(run)}`, run);
    },
  },
  {
    id: "operations.submit-supported",
    severity: "must",
    operation: "SUBMIT",
    title: "SUBMIT is supported",
    rule: "6 is never an answer to SUBMIT.",
    harm: "The request goes to NEED_GUIDANCE and stays there until a person resubmits it.",
    tried: "a plain request",
    mend: "Implement SUBMIT; answer 2, 3 or 4 with a message when it can not be done.",
    judge: (trial) => judgePlain(trial, "operations.submit-supported"),
  },
  {
    id: "operations.poll-supported",
    severity: "must",
    operation: "POLL",
    title: "POLL is supported",
    rule: "6 is never an answer to POLL. A helper that never says wait gets one all the same when it takes the place of another helper under the same CA nickname.",
    harm: "The request goes to NEED_GUIDANCE and stays there until a person resubmits it.",
    tried: "POLL with the helper's own cookie, or with a foreign one if it never gave one",
    mend: "Treat POLL like SUBMIT where there is nothing to poll for: `SUBMIT|POLL)`.",
    judge: async (trial) => {
      const plain = await trial.plain();
      const polled = plain.runs.some(({ operation }) => operation === "POLL");
      const { runs } = polled ? plain : await foreignPoll(trial);
      const run = runs.find(
        ({ operation, exitStatus }) => operation === "POLL" && exitStatus === ExitStatus.unsupported,
      );
      return run === undefined ? passed : failed("POLL was answered with exit status 6", run);
    },
  },
  {
    id: "operations.unset",
    severity: "should",
    operation: "unset",
    title: "without an operation it acts as for SUBMIT",
    rule: "By convention an unset CERTMONGER_OPERATION is SUBMIT: that is how a person runs a helper by hand.",
    harm: "None in certmonger, which always sets it. People and scripts that call helpers by hand get an error.",
    tried: "a plain request without CERTMONGER_OPERATION",
    mend: "Default the operation to SUBMIT.",
    judge: async (trial) => {
      const fault = await plainFault(trial);
      if (fault !== undefined) return hidden(fault.check);
      const plain = await trial.plain();
      const sample = trial.samples.fresh("a plain CSR");
      const scenario = "without CERTMONGER_OPERATION";
      const unset = await trial.enroll(sample, {
        scenario,
        changes: { CERTMONGER_OPERATION: undefined },
        once: true,
      });
      const [first] = plain.judgements;
      if (unset.judgement.outcome === first?.outcome) return passed;
      return failed(
        `SUBMIT was ${first?.outcome}, and without an operation it was ${unset.judgement.outcome}`,
        ...unset.runs,
      );
    },
  },
  {
    id: "operations.identify-line",
    severity: "should",
    operation: "IDENTIFY",
    title: "IDENTIFY answers one line that is not empty",
    rule: "The first line of the answer to IDENTIFY is the helper's name and version; an empty one means none.",
    harm: "getcert list-cas shows no 'self-identifies as', or half of what was meant.",
    tried: "IDENTIFY",
    mend: "Print one line: name and version, nothing that changes.",
    judge: async (trial) => {
      const run = await trial.query("IDENTIFY");
      if (run.exitStatus !== ExitStatus.issued) return unanswered(run);
      const text = stdoutText(run);
      if (firstLine(text).trim() === "") return failed("the first line of the answer is empty", run);
      const lines = text.trimEnd().split(/\r\n|\r|\n/).length;
      return lines === 1 ? passed : failed(`the answer has ${lines} lines; certmonger takes the first`, run);
    },
  },
  {
    id: "operations.identify-utf8",
    severity: "must",
    operation: "IDENTIFY",
    title: "the answer to IDENTIFY is UTF-8",
    rule: "What certmonger shows goes over D-Bus, and D-Bus strings are UTF-8.",
    harm: "The next `getcert list-cas` makes the D-Bus library end the whole daemon (abort; measured on 0.79.17).",
    tried: "IDENTIFY",
    mend: "Print ASCII, or UTF-8 whatever the locale is.",
    judge: async (trial) => {
      const run = await trial.query("IDENTIFY");
      if (run.exitStatus !== ExitStatus.issued) return unanswered(run);
      return isUtf8(run.stdout) ? passed : failed(`the answer is not UTF-8: ${quote(stdoutText(run))}`, run);
    },
  },
  {
    id: "operations.identify-stable",
    severity: "must",
    operation: "IDENTIFY",
    title: "IDENTIFY always answers the same",
    rule: "The identity must not change: certmonger compares it with what it has stored.",
    harm: "Each change stops and restarts every request of the CA; a SUBMIT under way is run a second time and its certificate is thrown away.",
    tried: "IDENTIFY twice, more than a second apart",
    mend: "No date, counter, process id or server state in the answer.",
    judge: (trial) => stable(trial, ["IDENTIFY"]),
  },
];

/** One run with an operation of no meaning, and all that a SUBMIT would need. */
function unknown(trial: Trial, name: string): Promise<Run> {
  return trial.remember(`unknown ${name}`, async () => {
    const sample = trial.samples.plain();
    const { runs } = await trial.enroll(sample, {
      scenario: `CERTMONGER_OPERATION=${name}`,
      changes: { CERTMONGER_OPERATION: name },
      once: true,
    });
    const [run] = runs;
    if (run === undefined) throw new Error("a request without a run");
    return run;
  });
}

/** Every query, asked alone. */
export function allQueries(trial: Trial): Promise<Run[]> {
  return Promise.all(queryOperations.map((operation) => trial.query(operation)));
}

/** POLL with a cookie that is not the helper's. */
export function foreignPoll(trial: Trial): ReturnType<Trial["poll"]> {
  return trial.remember("foreign poll", () =>
    trial.poll(trial.samples.fresh("a plain CSR"), "not a cookie of this helper", "with a foreign cookie"),
  );
}

/** Whether each of these queries gives the same answer later on. */
export async function stable(trial: Trial, asked: readonly QueryOperation[]): Promise<Verdict> {
  const answered: QueryOperation[] = [];
  for (const operation of asked) {
    if ((await trial.query(operation)).exitStatus === ExitStatus.issued) answered.push(operation);
  }
  if (answered.length === 0) return notSupported(asked.join(", "));
  await trial.aWhileAfter(answered.map((operation) => trial.query(operation)));
  for (const operation of answered) {
    const first = await trial.query(operation);
    const second = await trial.query(operation, "once more");
    if (second.exitStatus !== ExitStatus.issued || Buffer.compare(first.stdout, second.stdout) !== 0) {
      return failed(
        `${operation} answered ${quote(stdoutText(first))}, and later ${quote(stdoutText(second))}`,
        first,
        second,
      );
    }
  }
  return passed;
}

/** The verdict about a query that was not answered with 0. */
export function unanswered(run: Run): Verdict {
  if (run.exitStatus === ExitStatus.unsupported) return notSupported(run.operation);
  return notApplicable(`${run.operation} was not answered (${describeEnd(run)})`);
}
