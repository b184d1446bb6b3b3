import { join } from "node:path";
import { openDaemon } from "../../../src/daemon/index.ts";

/** Runs a daemon on DIRECTORY with one CA and twenty requests; says "done" when all are in MONITORING. */
const [directory = "", helper = ""] = process.argv.slice(2);
const daemon = await openDaemon({
  directory: join(directory, "state"),
  configuration: "[defaults]\nnotification_method=none\n",
  log: (level, line) => level === 0 && process.stderr.write(`${line}\n`),
});
if (daemon.findCa("Test") === undefined) await daemon.addCa({ id: "Test", ca_external_helper: helper });
for (let number = 1; number <= 20; number++) {
  const id = `r${number}`;
  if (daemon.findRequest(id) !== undefined) continue;
  await daemon.addRequest({
    id,
    ca_name: "Test",
    template_subject: `CN=${id}`,
    key_gen_type: "EC",
    key_storage_type: "FILE",
    key_storage_location: join(directory, `${id}.key`),
    cert_storage_type: "FILE",
    cert_storage_location: join(directory, `${id}.pem`),
  });
}
process.stdout.write("ready\n");
await Promise.all(daemon.requests.map((request) => request.reaches("MONITORING", { deadlineMs: 60_000 })));
await daemon.stop();
process.stdout.write("done\n");
