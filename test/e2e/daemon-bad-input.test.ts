import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CertmongerLab } from "./support/certmonger-lab.ts";
import { eventually } from "./support/eventually.ts";
import { OurDaemon } from "./support/our-daemon.ts";
import { need } from "./support/peers.ts";
import { attempt, run } from "./support/run.ts";

const { leaveOut, note } = need("certmonger", "getcert", "certutil", "openssl");
const signer = fileURLToPath(new URL("../fixtures/helpers/sign-with-openssl.sh", import.meta.url));

/** A request for something that can not be: `DIR` stands for the daemon's directory. */
interface Case {
  readonly name: string;
  /** Words for `getcert request`, beside nickname and kind of key. */
  readonly words: string;
  readonly ca?: string;
  /** The state in which both daemons stop, or come by again and again. */
  readonly state: string;
  /** What ours has in `ca-error`; certmonger leaves it to its log, or says nothing. */
  readonly error: string;
}

const files = (name: string): string => `-k DIR/${name}.key -f DIR/${name}.pem`;

const cases: readonly Case[] = [
  {
    name: "wrong-pin",
    words: "-k DIR/encrypted.key -f DIR/a.pem -p DIR/wrong",
    state: "NEWLY_ADDED_NEED_KEYINFO_READ_PIN",
    error: "the PIN for DIR/encrypted.key is wrong",
  },
  {
    name: "no-pin",
    words: "-k DIR/encrypted-too.key -f DIR/b.pem",
    state: "NEWLY_ADDED_NEED_KEYINFO_READ_PIN",
    error: "DIR/encrypted-too.key needs a PIN",
  },
  {
    name: "needless-pin",
    words: "-k DIR/plain.key -f DIR/c.pem -p DIR/pin",
    state: "NEWLY_ADDED_NEED_KEYINFO_READ_PIN",
    error: "a PIN is given for DIR/plain.key, which is not encrypted",
  },
  {
    name: "no-pin-file",
    words: `${files("d")} -p DIR/nowhere`,
    state: "NEED_KEY_GEN_PIN",
    error: "no such file: DIR/nowhere",
  },
  {
    name: "empty-pin-file",
    words: `${files("e")} -p DIR/empty`,
    state: "NEED_KEY_GEN_PIN",
    error: "there is no PIN in DIR/empty",
  },
  {
    name: "pin-directory",
    words: `${files("f")} -p DIR/trace`,
    state: "NEED_KEY_GEN_PIN",
    error: "cannot read DIR/trace: illegal operation on a directory",
  },
  {
    name: "no-key",
    words: "-k DIR/noise -f DIR/g.pem",
    state: "NEWLY_ADDED_NEED_KEYINFO_READ_PIN",
    error: "there is no private key in DIR/noise",
  },
  {
    name: "other-password",
    words: "-d DIR/locked -n www -p DIR/wrong",
    state: "NEWLY_ADDED_NEED_KEYINFO_READ_PIN",
    error: "certutil -K in DIR/locked: .*SEC_ERROR_BAD_PASSWORD.*",
  },
  {
    name: "no-database",
    words: "-d DIR/broken -n www",
    state: "NEED_KEY_PAIR",
    error: "certutil -K in DIR/broken: .*SEC_ERROR_BAD_DATABASE.*",
  },
  {
    name: "nowhere-to-write",
    words: "-k /proc/www.key -f /proc/www.pem",
    state: "NEED_KEY_PAIR",
    error: "cannot write /proc/www.key: no such file or directory",
  },
  {
    name: "gone",
    words: files("h"),
    ca: "/nowhere/helper",
    state: "NEED_TO_SUBMIT",
    error: "no such file: /nowhere/helper",
  },
  {
    name: "not-executable",
    words: files("i"),
    ca: "DIR/noise",
    state: "NEED_TO_SUBMIT",
    error: "not executable: DIR/noise",
  },
  {
    name: "dangling",
    words: files("j"),
    ca: "DIR/dangling",
    state: "NEED_TO_SUBMIT",
    error: "no such file: DIR/dangling",
  },
  {
    name: "open-quote",
    words: files("k"),
    ca: '/bin/false "open',
    state: "NEED_GUIDANCE",
    error: 'Unmatched ": /bin/false "open',
  },
];

interface Peer {
  readonly directory: string;
  readonly address: string;
}

describe.skipIf(leaveOut)(`what can not be used${note}`, () => {
  let certmonger: CertmongerLab;
  let ours: OurDaemon;
  let peers: readonly Peer[] = [];

  const getcert = async (peer: Peer, ...words: string[]) =>
    await attempt("getcert", words, { environment: { CERTMONGER_PVT_ADDRESS: peer.address } });

  async function prepare(peer: Peer): Promise<void> {
    const at = (name: string) => join(peer.directory, name);
    await writeFile(at("pin"), "secret12\n");
    await writeFile(at("wrong"), "another1\n");
    await writeFile(at("empty"), "");
    await writeFile(at("noise"), Buffer.alloc(500, 0xa5));
    await symlink("/nowhere/helper", at("dangling"));
    await run("openssl", ["genpkey", "-algorithm", "RSA", "-out", at("plain.key")]);
    for (const name of ["encrypted", "encrypted-too"]) {
      const words = ["-in", at("plain.key"), "-out", at(`${name}.key`), "-passout", "pass:secret12"];
      await run("openssl", ["pkcs8", "-topk8", ...words]);
    }
    for (const name of ["locked", "broken"]) await mkdir(at(name));
    await run("certutil", ["-N", "-d", `sql:${at("locked")}`, "-f", at("pin")]);
    for (const name of ["cert9.db", "key4.db"]) await writeFile(join(at("broken"), name), "no database");
    await getcert(peer, "add-ca", "-c", "Test", "-e", `${signer} ${at("ca")}`);
    for (const { name, words, ca } of cases) {
      const place = words.replaceAll("DIR", peer.directory).split(" ");
      if (ca !== undefined) {
        await getcert(peer, "add-ca", "-c", name, "-e", ca.replaceAll("DIR", peer.directory));
      }
      const kind = ["-c", ca === undefined ? "Test" : name, "-I", name, "-N", "CN=www", "-g", "2048"];
      const added = await getcert(peer, "request", ...kind, ...place);
      expect(added, name).toMatchObject({ exitStatus: 0 });
    }
  }

  beforeAll(async () => {
    [certmonger, ours] = await Promise.all([CertmongerLab.start(), OurDaemon.start(["--no-installed-cas"])]);
    peers = [{ directory: certmonger.directory, address: `unix:path=${certmonger.path("socket")}` }, ours];
    await Promise.all(peers.map(prepare));
  });
  afterAll(async () => {
    await certmonger?.stop();
    await ours?.stop();
  });

  it.each(cases)("$name: both daemons stop in the same state, and ours says why", async (row) => {
    const { name, state, error } = row;
    for (const peer of peers) {
      await eventually(
        `${name} reaches ${state}`,
        async () => (await getcert(peer, "list", "-i", name)).stdout.includes(`status: ${state}\n`),
        { explain: () => (peer === ours ? ours.log() : certmonger.log()) },
      );
    }
    const { stdout } = await getcert(ours, "list", "-i", name);
    const expected = error.replaceAll("DIR", ours.directory);
    expect(stdout).toMatch(new RegExp(`^\\tca-error: ${expected}$`, "m"));
  });
});
