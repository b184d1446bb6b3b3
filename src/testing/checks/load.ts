import { ExitStatus, queryOperations } from "../../../protocol/index.ts";
import { quote } from "../judge-message.ts";
import { describeEnd, type Run, stdoutText } from "../run.ts";
import type { Enrollment, Trial } from "../trial.ts";
import { type Check, failed, hidden, notApplicable, passed } from "./check.ts";
import { describe, isAlike, plainFault, properVerdict } from "./plain.ts";

const crowd = 8;

export const loadChecks: readonly Check[] = [
  {
    id: "load.queries",
    severity: "must",
    operation: "the eight queries",
    title: "eight queries at once get the answers of one",
    rule: "certmonger asks all eight questions at the same time, the first time when the CA is added.",
    harm: "An answer is missing or wrong until certmonger is restarted; a CA that is made on first use is made twice.",
    tried: "all eight queries at once, before anything else; then each alone",
    mend: "Lock what is made on first use; share no temporary files.",
    judge: async (trial) => {
      const together = await queriesAtOnce(trial);
      for (const run of together) {
        const alone = await trial.query(
          queryOperations.find((operation) => operation === run.operation) ?? "IDENTIFY",
        );
        if (alone.exitStatus !== run.exitStatus) {
          const finding = `${run.operation} ended with ${describeEnd(run)} at once and with ${describeEnd(alone)} alone`;
          return failed(finding, run, alone);
        }
        if (run.exitStatus !== ExitStatus.issued || Buffer.compare(run.stdout, alone.stdout) === 0) continue;
        if (await changesAnyway(trial, run.operation)) continue;
        const [first, second] = [quote(stdoutText(run)), quote(stdoutText(alone))];
        return failed(`${run.operation} answered ${first} at once and ${second} alone`, run, alone);
      }
      return passed;
    },
  },
  {
    id: "load.submits",
    severity: "must",
    operation: "SUBMIT",
    title: "eight requests at once each get their own answer",
    rule: "There is no lock around helpers: requests of one CA are submitted at the same time.",
    harm: "After a restart of the daemon, when all waiting requests are submitted at once, some fail or get the certificate of another.",
    tried: "eight requests at once, with eight keys",
    mend: "Give temporary files names of their own (mktemp); lock the state, and wait for the lock.",
    judge: async (trial) => {
      const stop = await plainFault(trial);
      if (stop !== undefined) return hidden(stop.check);
      const plain = await trial.plain();
      for (const enrollment of await submitsAtOnce(trial)) {
        const verdict = await properVerdict(trial, enrollment);
        if (verdict.verdict !== "passed") return verdict;
        if (!isAlike(plain, enrollment)) {
          const [was, is] = [plain.judgement.outcome, enrollment.judgement.outcome];
          return failed(`alone it was ${describe(was)}, with others ${describe(is)}`, enrollment.last);
        }
      }
      return passed;
    },
  },
  {
    id: "load.serials",
    severity: "must",
    operation: "SUBMIT",
    title: "no two certificates have the same serial number",
    rule: "Issuer and serial number name one certificate (RFC 5280, section 4.1.2.2).",
    harm: "NSS refuses the second certificate; revoking one revokes the other.",
    tried: "all certificates of this trial, those of eight requests at once among them",
    mend: "Make serial numbers at random (at least 64 bits), or lock the counter.",
    judge: async (trial) => {
      const stop = await plainFault(trial);
      if (stop !== undefined) return hidden(stop.check);
      await submitsAtOnce(trial);
      const seen = new Map<string, Enrollment>();
      for (const enrollment of trial.enrollments) {
        const { issued } = enrollment.judgement;
        if (issued === undefined) continue;
        const { serial, issuerDer, der } = issued.leaf;
        const name = `${serial} ${Buffer.from(issuerDer).toString("hex")}`;
        const other = seen.get(name);
        if (other?.judgement.issued && Buffer.compare(other.judgement.issued.leaf.der, der) !== 0) {
          return failed(`two certificates have the serial number ${serial}`, other.last, enrollment.last);
        }
        seen.set(name, enrollment);
      }
      return seen.size > 1 ? passed : notApplicable("fewer than two certificates were issued");
    },
  },
  {
    id: "load.state",
    severity: "must",
    operation: "SUBMIT, FETCH-ROOTS",
    title: "after the load everything is as before",
    rule: "Runs at the same time share the helper's files.",
    harm: "The CA's state is damaged, and every later request fails.",
    tried: "a plain request and FETCH-ROOTS after eight requests at once",
    mend: "Lock the state; write files beside and rename them.",
    judge: async (trial) => {
      const stop = await plainFault(trial);
      if (stop !== undefined) return hidden(stop.check);
      const plain = await trial.plain();
      const before = await trial.query("FETCH-ROOTS");
      await submitsAtOnce(trial);
      const after = await trial.enroll(trial.samples.fresh("a plain CSR"), { scenario: "after the load" });
      if (!isAlike(plain, after)) {
        const [was, is] = [plain.judgement.outcome, after.judgement.outcome];
        return failed(`before it was ${describe(was)}, afterwards ${describe(is)}`, after.last);
      }
      const roots = await trial.run("FETCH-ROOTS after the load", before.environment);
      if (roots.exitStatus === before.exitStatus && Buffer.compare(roots.stdout, before.stdout) === 0)
        return passed;
      if (await changesAnyway(trial, "FETCH-ROOTS")) return passed;
      return failed("FETCH-ROOTS answered otherwise after the load", before, roots);
    },
  },
];

/** All eight queries at the same time: the first that a helper ever sees of certmonger. */
function queriesAtOnce(trial: Trial): Promise<Run[]> {
  return Promise.all(queryOperations.map((operation) => trial.query(operation, "all eight at once")));
}

/** An answer that changes by itself is the business of other checks. */
async function changesAnyway(trial: Trial, operation: string): Promise<boolean> {
  const query = queryOperations.find((name) => name === operation);
  if (query === undefined) return false;
  const first = await trial.query(query);
  const again = await trial.query(query, "once more");
  return Buffer.compare(first.stdout, again.stdout) !== 0;
}

function submitsAtOnce(trial: Trial): Promise<Enrollment[]> {
  return trial.remember("submits at once", async () => {
    const kind = await cheapKind(trial);
    const samples = Array.from({ length: crowd }, (_, index) =>
      trial.samples.fresh("a plain CSR", { key: `load ${index}`, ...(kind && { kind }) }),
    );
    return Promise.all(
      samples.map((sample, index) =>
        trial.enroll(sample, { scenario: `${index + 1} of ${crowd} at once`, together: true }),
      ),
    );
  });
}

/** EC keys are made in no time; they are used when the helper treats them like the plain one. */
async function cheapKind(trial: Trial): Promise<"EC-P256" | undefined> {
  if (trial.samples.usualKind() !== "RSA-2048") return undefined;
  const sample = trial.samples.fresh("an EC P-256 key", { kind: "EC-P256" });
  const ec = await trial.enroll(sample, { scenario: "an EC P-256 key" });
  return isAlike(await trial.plain(), ec) && ec.judgement.faults.length === 0 ? "EC-P256" : undefined;
}
