import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Fault, faults, startFaultServer } from "../servers/fault-server.ts";
import { type Enrollment, type Trial, withOption } from "../trial.ts";
import { type Check, failed, notApplicable, optIn, passed, type Verdict } from "./check.ts";
import { describe } from "./plain.ts";

export const faultChecks: readonly Check[] = faults.map(({ fault, id, title, tried }) => ({
  id: `faults.${id}`,
  severity: "must",
  operation: "SUBMIT",
  title,
  rule: "A fault that passes is 3, or 5 with a cookie: certmonger tries again by itself.",
  harm: "With 2 or 4 the request is given up though the CA would issue an hour later; with 0 or a crash it needs a person; without an end it blocks the daemon.",
  tried,
  mend: "Give every call a deadline; treat what is not the expected answer as 'unreachable' and say which server said what.",
  judge: (trial) => judgeFault(trial, fault),
}));

async function judgeFault(trial: Trial, fault: Fault): Promise<Verdict> {
  const { serverOption, serverTemplate } = trial.options;
  if (serverOption === undefined) return optIn("--server-option");
  const isTls = serverTemplate.startsWith("https:");
  if (fault.startsWith("tls-") && !isTls) return notApplicable("the server's URL is not https");
  if (fault === "refused" || (await connects(trial))) {
    const { enrollment, connections } = await enrollAgainst(trial, fault);
    const { judgement, last } = enrollment;
    if (fault !== "refused" && connections === 0) return notApplicable("the helper did not connect");
    const isPassing =
      judgement.outcome === "unreachable" || (judgement.outcome === "wait" && last.exitStatus === 5);
    if (isPassing) return passed;
    const [why] = judgement.faults;
    return failed(why?.text ?? `the request was ${describe(judgement.outcome)}`, last);
  }
  return notApplicable(`with ${serverOption} the helper did not connect to the fault server`);
}

/** Whether the helper goes to the server that the option names. */
function connects(trial: Trial): Promise<boolean> {
  return trial.remember("connects", async () => (await enrollAgainst(trial, "server-error")).connections > 0);
}

function enrollAgainst(trial: Trial, fault: Fault): Promise<{ enrollment: Enrollment; connections: number }> {
  return trial.remember(`fault ${fault}`, async () => {
    const { serverOption = "", serverTemplate, serverCaOption, command } = trial.options;
    const server = await startFaultServer(fault, serverTemplate.startsWith("https:"));
    try {
      const url = serverTemplate.replaceAll("{host}", server.host).replaceAll("{port}", String(server.port));
      const caFile = join(await trial.directory("faults"), `${fault}.pem`);
      await writeFile(caFile, server.caCertificate);
      const argv = [...command, ...withOption(serverOption, url), ...withOption(serverCaOption, caFile)];
      const enrollment = await trial.enroll(trial.samples.fresh("a plain CSR"), {
        scenario: `a server that ${server.behaviour}`,
        run: { argv, disturbed: true },
        once: true,
      });
      return { enrollment, connections: server.connections() };
    } finally {
      await server.close();
    }
  });
}
