import { removeAbandonedScratchDirectories } from "../process/scratch-directory.ts";
import { type IssuedOutput, readIssuedOutput } from "../testing/issued-output.ts";
import { readAll } from "../testing/judge-chain.ts";
import { defineCommand } from "./command.ts";
import { type Enrollment, enroll } from "./enroll/attempts.ts";
import { type Check, checkCertificate, isAcceptable } from "./enroll/certificate-check.ts";
import { type FetchedRoots, fetchRoots } from "./enroll/fetch-roots.ts";
import { enrollDocument } from "./enroll/json.ts";
import { enrollOptions } from "./enroll/options.ts";
import { type EnrollPlan, planEnrollment } from "./enroll/plan.ts";
import { saveFiles } from "./enroll/save.ts";
import { describeAttempt, describeCertificate, describeRoots, describeVerdict } from "./enroll/show.ts";
import { interruptible } from "./interrupt.ts";

/** `certmonger-helper enroll`: one request, from key to certificate, through any helper. */
export const command = defineCommand({
  name: "enroll",
  usage: "[options] -- HELPER [ARGUMENT...]",
  describe:
    "Makes a key and a CSR, runs a helper exactly as certmonger does (wiped environment, closed stdin,\n" +
    "working directory /, umask 077), polls where told, and checks the certificate.",
  options: enrollOptions,
  epilogue: [
    "Examples:",
    "  certmonger-helper enroll -D www.example.test -- self-sign-submit -d /tmp/my-ca",
    "  certmonger-helper enroll -D www.example.test -k web.key -f web.crt -F ca.crt -- ./my-helper",
    "  certmonger-helper enroll --csr web.csr --json -e \"/opt/my-helper --profile 'web server'\"",
    "",
    "Exit code: 0 a certificate came out and passed the checks; 1 not; 2 wrong usage.",
  ].join("\n"),
  run: async (values, words) => {
    const plan = await planEnrollment(values, words);
    const show = values.json ? () => {} : (text: string) => process.stdout.write(text);
    removeAbandonedScratchDirectories();
    return await interruptible(async (signal) => {
      const fetched = plan.files.roots === undefined ? undefined : await fetchRoots(plan, signal);
      if (fetched) {
        show(describeRoots(fetched, values.verbose));
      }
      if (signal.aborted) {
        return 1;
      }
      const enrollment = await enroll(plan, signal, (attempt, number) => {
        show(describeAttempt(attempt, number, values.verbose));
      });
      const { issued, checks } = judge(enrollment, fetched);
      const isSound = checks !== undefined && isAcceptable(checks);
      if (issued && checks) {
        show(describeCertificate(issued, checks));
      }
      const files = issued && isSound ? await save(plan, enrollment, issued, fetched) : [];
      show(describeVerdict(checks, files));
      if (values.json) {
        const document = enrollDocument({ fetched, attempts: enrollment.attempts, issued, checks, files });
        process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
      }
      return isSound ? 0 : 1;
    });
  },
});

interface Judgement {
  readonly issued?: IssuedOutput;
  readonly checks?: readonly Check[];
}

/** Looks at the certificate that the last run gave, if it gave one. */
function judge({ attempts, request }: Enrollment, fetched: FetchedRoots | undefined): Judgement {
  const last = attempts.at(-1)?.helperRun;
  if (last?.result?.status !== "issued" || last.run.status !== "exited") {
    return {};
  }
  const issued = readIssuedOutput(last.run.stdout);
  if ("problem" in issued) {
    return {};
  }
  const { roots = [], otherRoots = [] } = fetched?.roots ?? {};
  const trusted = readAll([...roots, ...otherRoots].map(({ certificate }) => certificate));
  return { issued, checks: checkCertificate(issued, request.csr, trusted, new Date()) };
}

async function save(
  plan: EnrollPlan,
  { keyPair }: Enrollment,
  issued: IssuedOutput,
  fetched: FetchedRoots | undefined,
): Promise<string[]> {
  return await saveFiles(plan, { issued, keyPair, roots: fetched?.roots });
}
