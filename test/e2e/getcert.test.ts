import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CertmongerLab } from "./support/certmonger-lab.ts";
import { OurDaemon } from "./support/our-daemon.ts";
import { need } from "./support/peers.ts";
import { type GetcertName, type Step, transcript } from "./support/transcript.ts";

const { leaveOut, note } = need("certmonger", "certutil", "openssl");

const refuse = fileURLToPath(new URL("../fixtures/helpers/refuse.sh", import.meta.url));

const names =
  "-N CN=x,O=y -D a.example -D b.example -A 192.0.2.1 -E a@b.c -K host/x -u digitalSignature -u cRLSign " +
  "-U 1.2.3.4 -U id-kp-clientAuth";
const extras = "-T prof -X iss --ms-template-spec 1.2.3:4 -B /bin/true -C '/bin/echo done' -F %/ca.pem";

/** What can be said of a request at any time. */
const every =
  "-T prof -A 192.0.2.9 -E x@y.z -K host/y@Z -u keyAgreement -U id-kp-OCSPSigning " +
  "-B /bin/false -C '/bin/echo done' -F %/roots.pem -a %/nss -o root -m 600 -O root:root -M 0640 -Z root -v";

/** One life with getcert: every command, what it does and what it refuses. */
const commands = [
  // Nothing is there yet.
  ...[
    "list",
    "list -r",
    "refresh -a",
    "list -i nope",
    "list -f %/nope.pem",
    "list -c nope",
    "status -i nope",
  ],
  ...[
    "status",
    "status -f %/nope.pem",
    "refresh",
    "refresh -i nope",
    "stop-tracking",
    "stop-tracking -i nope",
  ],
  ...[
    "start-tracking -i nope",
    "resubmit",
    "resubmit -i nope",
    "resubmit -f %/nope.pem",
    "rekey",
    "rekey -i nope",
  ],
  ...["add-ca", "add-ca -c x", "modify-ca", "modify-ca -c x", "remove-ca", "remove-ca -c nope", "refresh-ca"],
  ...["refresh-ca -c nope", "list-cas -c nope", "add-ca -c SelfSign -e /bin/x"],
  // Command lines that are wrong.
  ...["list extra", "list -Q", "list --bogus", "list -i", "list --id", "request", "request extra -f %/c.pem"],
  ...["request -n x", "request -d %/nss", "request -d %/nss -n x -f %/c.pem", "request -f %/a -k %/a"],
  ...[
    "request -f /nonexistent/c.pem",
    "request -f %",
    "request -f rel.pem -c nope",
    "request -f %/c.pem -c nope",
  ],
  ...["request -f %/c.pem -u bogus", "request -f %/c.pem -U bogus", "request -f %/c.pem -G DSA"],
  ...[
    "request -f %/c.pem -K a@b@c",
    "request -f %/c.pem --wait-timeout x",
    "request -f %/c.pem -c IPA -N CN=x",
  ],
  // What the daemon refuses.
  ...["request -f %/c.pem -k %/k.pem -p rel", "request -f %/c.pem -k %/k.pem -l rel"],
  ...["request -f %/c.pem -k %/k.pem --ms-template-spec x"],
  // CAs.
  ...["list-cas", "list-cas -v -c SelfSign", `add-ca -c No -e '${refuse} 2 never'`, "list-cas -c No"],
  ...[
    "add-ca -c No -e /bin/x",
    "refresh-ca -c No",
    "add-ca -c Other -e /bin/false",
    "modify-ca -c Other -e /bin/true",
  ],
  ...["list-cas -c Other", "remove-ca -c Other", "list-cas -c Other"],
  // A certificate in files.
  `request -c SelfSign -I web -k %/k.pem -f %/c.pem -G EC -g 256 -R -m 0640 -M 644 -o root -O root:root ${names} ${extras} -w`,
  ...[
    "list",
    "list -i web",
    "list -i WEB",
    "list -r",
    "list -t",
    "list -u",
    "list -c SelfSign",
    "list -c No",
  ],
  ...["list -f %/c.pem", "status -i web -v", "status -f %/c.pem", "resubmit -i web -w", "list -i web"],
  ...["rekey -i web -w", "resubmit -i web -D c.example -w", "list -i web", "refresh -i web"],
  ...["request -c SelfSign -I web -f %/d.pem -k %/l.pem", "request -c SelfSign -f %/c.pem -k %/l.pem"],
  ...["request -c SelfSign -f %/d.pem -k %/k.pem", "resubmit -i web -I site -w", "list -i site"],
  ...["start-tracking -i site -R", "start-tracking -i site -r", "start-tracking -f %/c.pem -I back"],
  ...["stop-tracking -f %/c.pem -k %/k.pem", "list"],
  ...[
    "start-tracking -f %/c.pem -k %/k.pem -c SelfSign -I again -w",
    "list -i again",
    "resubmit -i again -w",
  ],
  // One without a key of its own, one with a PIN, one that is refused.
  ...["start-tracking -f %/other.pem -I bare", "stop-tracking -i bare"],
  ...["request -c SelfSign -I pin -k %/pk.pem -f %/pc.pem -P secret -w", "list -i pin"],
  ...["request -c No -I no -k %/nk.pem -f %/nc.pem -w", "list -i no", "status -i no", "resubmit -i no -w"],
  ...["resubmit -i no -c SelfSign -w", "list -i no", "remove-ca -c No", "list"],
  // An NSS database.
  ...[
    "request -c SelfSign -I nss -d %/nss -n nick -w",
    "list -i nss",
    "list -d %/nss -n nick",
    "list -d %/nss",
  ],
  ...[
    "resubmit -d %/nss -n nick -w",
    "rekey -i nss -w",
    "status -d %/nss -n nick",
    "stop-tracking -d %/nss -n nick",
  ],
  // Every option that did not come up above, but for those that say where the daemon is.
  "request -c SelfSign -I ca -d %/nss -n two -t 'NSS Certificate DB' -r -N CN=ca --for-ca --ca-path-length 2 -L secret -a %/nss -Z root -v -w",
  ...["list -i ca -v", "status -d %/nss -n two -t 'NSS Certificate DB'", "refresh -d %/nss -n two -t x"],
  "request -c SelfSign -I every -k %/ek.pem -f %/ec.pem -N CN=every --not-for-ca -l %/challenge -p %/pin -w -v",
  `start-tracking -i every ${every} -N CN=new -D d.example --not-for-ca --ca-path-length 1 -L other -w --wait-timeout 30`,
  `start-tracking -i every ${every} -D d.example --not-for-ca --ca-path-length 1 -p %/pin -L other -w --wait-timeout 30`,
  ...["list -i every", "refresh -f %/ec.pem", "refresh -f %/ec.pem -c SelfSign"],
  `resubmit -i every ${every} -X iss --ms-template-spec 1.2.3:1 -N CN=new -G RSA -g 2048 --not-for-ca -p %/pin -l %/challenge -w --wait-timeout 30`,
  "list -i every",
  `rekey -f %/ec.pem -I other -c SelfSign ${every} -X iss2 --ms-template-spec 1.2.3:2:3 -N CN=newer -D e.example --for-ca --ca-path-length 0 -G EC -g 384 -L x -w --wait-timeout 30`,
  ...[
    "list -i other",
    "rekey -i other --not-for-ca -t x",
    "rekey -d %/nss -n two -t 'NSS Certificate DB' -w",
  ],
  ...["start-tracking -d %/nss -n two -t 'NSS Certificate DB' -P secret12", "list -i ca", "refresh-ca -a"],
  ...["add-ca -v -c V -e /bin/true", "modify-ca -v -c V -e /bin/false", "refresh-ca -v -c V"],
  ...["remove-ca -v -c V", "stop-tracking -v -i other", "stop-tracking -d %/nss -n two -t x"],
  // The end.
  ...["stop-tracking -i again", "stop-tracking -i pin", "stop-tracking -i no", "list", "list-cas"],
];

describe.skipIf(leaveOut)(`getcert and daemon, ours and certmonger's${note}`, () => {
  const transcripts = new Map<string, readonly Step[]>();
  const reference = "certmonger's getcert, certmonger";

  beforeAll(async () => {
    const getcerts: GetcertName[] = ["certmonger's getcert", "our getcert"];
    await Promise.all(
      getcerts.flatMap((getcert) => [
        withCertmonger(async (address) =>
          transcripts.set(`${getcert}, certmonger`, await transcript(getcert, address, commands)),
        ),
        withOurDaemon(async (address) =>
          transcripts.set(`${getcert}, our daemon`, await transcript(getcert, address, commands)),
        ),
      ]),
    );
  });
  afterAll(() => transcripts.clear());

  it.each(["our getcert, certmonger", "certmonger's getcert, our daemon", "our getcert, our daemon"])(
    `%s: prints and exits as ${reference}, for every command`,
    (pair) => {
      expect(transcripts.get(reference)).toHaveLength(commands.length);
      expect(transcripts.get(pair)).toEqual(transcripts.get(reference));
    },
  );

  it("the commands did what they are here for", () => {
    const steps = transcripts.get(reference) ?? [];
    const worked = steps.filter(({ exitStatus }) => exitStatus === 0).map(({ argv }) => argv[0]);
    const every = ["request", "start-tracking", "stop-tracking", "resubmit", "rekey", "refresh", "list"];
    expect(new Set(worked)).toEqual(
      new Set([...every, "status", "list-cas", "add-ca", "modify-ca", "remove-ca", "refresh-ca"]),
    );
    expect(steps.some(({ stdout }) => stdout.includes("type=NSSDB"))).toBe(true);
    expect(steps.some(({ exitStatus }) => exitStatus === 2)).toBe(true);
  });
});

async function withCertmonger(work: (address: string) => Promise<unknown>): Promise<void> {
  const lab = await CertmongerLab.start();
  try {
    await work(`unix:path=${lab.path("socket")}`);
  } finally {
    await lab.stop();
  }
}

async function withOurDaemon(work: (address: string) => Promise<unknown>): Promise<void> {
  const daemon = await OurDaemon.start();
  try {
    await work(daemon.address);
  } finally {
    await daemon.stop();
  }
}
