import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDaemon } from "../../src/daemon/daemon.ts";
import type { Daemon } from "../../src/daemon/interface.ts";
import { CertmongerLab } from "./support/certmonger-lab.ts";

/** What a helper does for SUBMIT and POLL; what comes of it is asked of certmonger, not written down here. */
const cases: Readonly<Record<string, string>> = {
  cookie: "echo order-7; exit 1",
  "cookie-without-line-end": "printf order-7; exit 1",
  "cookie-of-three-lines": "printf 'one\\ntwo\\r\\n\\nthree\\n'; exit 1",
  "cookie-of-nothing": "exit 1",
  "cookie-of-a-line-end": "echo; exit 1",
  rejected: "echo 'not today, sir'; echo more; exit 2",
  "rejected-silently": "exit 2",
  unreachable: "echo away; exit 3",
  unconfigured: "echo 'set me up'; exit 4",
  "delay-and-cookie": "printf '3600\\norder-7\\n'; exit 5",
  "delay-blank-before": "printf ' +3600\\norder-7\\n'; exit 5",
  "delay-negative": "printf -- '-5\\norder-7\\n'; exit 5",
  "delay-alone": "echo 3600; exit 5",
  "delay-hex": "printf '0x10\\norder-7\\n'; exit 5",
  "delay-blank-behind": "printf '13 \\norder-7\\n'; exit 5",
  "delay-no-number": "echo soon; exit 5",
  "delay-of-nothing": "exit 5",
  unsupported: "echo six; exit 6",
  "unknown-status": "echo odd; exit 77",
  killed: "echo text; kill -9 $$",
  "issued-nothing": "exit 0",
  "issued-line-end": "echo; exit 0",
  "issued-empty-json": "echo '{}'; exit 0",
  "issued-words": "echo 'here you are'; exit 0",
  "scep-messages": "exit 16",
};

describe("the same helpers under certmonger and under this daemon", () => {
  let lab: CertmongerLab | undefined;
  let daemon: Daemon | undefined;
  const sequences = new Map<string, string[]>();

  beforeAll(async () => {
    lab = await CertmongerLab.start();
    mkdirSync(lab.path("theirs"));
    mkdirSync(lab.path("ours"));
    daemon = await openDaemon({
      directory: lab.path("ours/state"),
      configuration: "[defaults]\nnotification_method=none\n",
    });
    daemon.subscribe((event) => {
      if (event.type !== "request-state") return;
      const { id } = event.request.record;
      sequences.set(id, [...(sequences.get(id) ?? []), event.after]);
    });
    for (const [name, does] of Object.entries(cases)) {
      const helper = lab.path(`helper-${name}`);
      writeFileSync(helper, `#!/bin/sh\ncase $CERTMONGER_OPERATION in SUBMIT|POLL) ${does};; esac\nexit 6\n`);
      chmodSync(helper, 0o755);
      await lab.getcert("add-ca", "-c", name, "-e", helper);
      await (await daemon.addCa({ id: name, ca_external_helper: helper })).settles();
    }
    for (const name of Object.keys(cases)) await lab.caIsSettled(name);
    for (const name of Object.keys(cases)) {
      const place = (whose: string, ending: string) => lab?.path(`${whose}/${name}.${ending}`) ?? "";
      // A small key: what is compared is not the key.
      await lab.getcert(
        "request",
        "-c",
        name,
        "-I",
        name,
        "-g",
        "1024",
        "-k",
        place("theirs", "key"),
        "-f",
        place("theirs", "pem"),
      );
      await daemon.addRequest({
        id: name,
        ca_name: name,
        template_subject: "CN=test",
        key_gen_size: 1024,
        key_storage_type: "FILE",
        key_storage_location: place("ours", "key"),
        cert_storage_type: "FILE",
        cert_storage_location: place("ours", "pem"),
      });
    }
  }, 300_000);

  afterAll(async () => {
    await daemon?.stop();
    await lab?.stop();
  });

  it.each(Object.keys(cases))(
    "%s: every state, the message and being stuck are the same",
    async (name) => {
      const request = daemon?.findRequest(name) ?? expect.unreachable();
      await expect.poll(() => request.next, { timeout: 30_000 }).toBeDefined();
      await lab?.reaches(name, request.state, 240_000);
      const list = (await lab?.getcert("list", "-i", name)) ?? "";
      expect(request.record.ca_error).toBe(/^\tca-error: (.*)$/m.exec(list)?.[1]);
      expect(list).toContain(`stuck: ${request.isStuck ? "yes" : "no"}`);
      const moved = new RegExp(`\\('${name}'\\) moved to state '(\\w+)'`, "g");
      // certmonger writes some states twice, when it looks at them again.
      const theirs = [...(lab?.log() ?? "").matchAll(moved)].map(([, state = ""]) => state);
      expect(sequences.get(name)).toEqual(theirs.filter((state, index) => state !== theirs[index - 1]));
    },
    300_000,
  );
});
