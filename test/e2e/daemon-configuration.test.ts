import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requestInterface } from "../../src/bus/certmonger.ts";
import { Client } from "../../src/getcert/client.ts";
import { CertmongerLab } from "./support/certmonger-lab.ts";
import { OurDaemon } from "./support/our-daemon.ts";
import { need } from "./support/peers.ts";
import { attempt } from "./support/run.ts";

const { leaveOut, note } = need("certmonger", "openssl");

const configurations = {
  "other algorithms":
    "[defaults]\nnotification_method=mailto\nnotification_destination=root@example.test\ndigest=SHA-384\n" +
    "symmetric_cipher=AES256\nrsa_key_size=1536x\nkey_type=EC\n[selfsign]\nvalidity_period=4 y\npopulate_unique_id=T\n",
  "values that are none":
    "[defaults]\nnotification_method=none\ndigest=sha3\nsymmetric_cipher=rot13\nrsa_key_size=512\nttls=\n" +
    "[selfsign]\nvalidity_period=soon\npopulate_unique_id=maybe\n[defaults]\ndigest=sha1\n",
} as const;

/** What is to be seen of a certificate of the CA inside, whose key has a PIN, and of its daemon. */
async function outcome(directory: string, address: string): Promise<Readonly<Record<string, unknown>>> {
  const [key, certificate] = [`${directory}/key.pem`, `${directory}/cert.pem`];
  const place = ["-k", key, "-f", certificate, "-P", "secret12"];
  const request = [
    "request",
    "-c",
    "SelfSign",
    "-I",
    "a",
    "-N",
    "CN=a",
    ...place,
    "-w",
    "--wait-timeout",
    "60",
  ];
  const environment = { CERTMONGER_PVT_ADDRESS: address };
  const { exitStatus } = await attempt("getcert", request, { environment });
  const text = openssl("x509", "-in", certificate, "-noout", "-text");
  const [from = "", to = ""] = [...text.matchAll(/Not (?:Before|After ?): (.*)/g)].map(
    ([, time = ""]) => time,
  );
  const client = await Client.connect("private", environment, true);
  try {
    const [path = ""] = await client.requests();
    return {
      exitStatus,
      signature: /Signature Algorithm: (.*)/.exec(text)?.[1],
      key: /Public-Key: \((.*)\)/.exec(text)?.[1],
      days: (Date.parse(to) - Date.parse(from)) / 86_400_000,
      hasUniqueIds: /Unique ID/.test(text),
      cipher: openssl("asn1parse", "-in", key).match(/:(aes|des)\S*/g),
      notification: await client.call(path, requestInterface, "get_notification_info"),
    };
  } finally {
    client.close();
  }
}

const openssl = (...words: string[]): string => execFileSync("openssl", words, { encoding: "utf8" });

describe.skipIf(leaveOut)(`certmonger.conf says the same to our daemon as to certmonger${note}`, () => {
  const outcomes = new Map<string, readonly unknown[]>();

  beforeAll(async () => {
    for (const [name, configuration] of Object.entries(configurations)) {
      const lab = await CertmongerLab.start({ configuration });
      const daemon = await OurDaemon.start([], configuration);
      try {
        outcomes.set(
          name,
          await Promise.all([
            outcome(lab.directory, `unix:path=${lab.path("socket")}`),
            outcome(daemon.directory, daemon.address),
          ]),
        );
      } finally {
        await Promise.all([lab.stop(), daemon.stop()]);
      }
    }
  });
  afterAll(() => outcomes.clear());

  it.each(Object.keys(configurations))("%s", (name) => {
    const [certmongers, ours] = outcomes.get(name) ?? [];
    expect(certmongers).toMatchObject({ exitStatus: 0 });
    expect(ours).toEqual(certmongers);
  });
});
