import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { baseNode, linkNames } from "../build/project.ts";
import type { Comparison } from "./compare.ts";
import type { Command } from "./measure.ts";

/** Everything that is compared. `bin` holds the executable and its links, `scratch` is an empty directory. */
export function comparisons(bin: string, scratch: string): Comparison[] {
  const emptyNode = { name: "`node -e 0`", argv: [baseNode().path, "-e", "0"] };
  const kinds = [
    { name: "EC P-256", caKeyType: "EC-P256", algorithm: ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"] },
    {
      name: "RSA 2048, CA RSA 3072",
      caKeyType: "RSA-3072",
      algorithm: ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    },
  ] as const;
  return [
    ...linkNames.map((name) => ({
      name: `IDENTIFY, ${name}`,
      ours: { argv: [join(bin, name)], environment: { CERTMONGER_OPERATION: "IDENTIFY" } },
      answers: new RegExp(`^${name} `),
      peer: emptyNode,
      bounds: { wall: 1.15 },
    })),
    ...kinds.flatMap(({ name, caKeyType, algorithm }) => {
      const { submit, openssl } = signing(bin, join(scratch, caKeyType), caKeyType, algorithm);
      const ours = { ours: submit, answers: /-----BEGIN CERTIFICATE-----/ };
      return [
        { name: `SUBMIT, ${name}`, ...ours, peer: openssl, bounds: { wall: 1.6 } },
        { name: `SUBMIT, ${name}`, ...ours, peer: emptyNode, bounds: { peak: 1.3 } },
      ];
    }),
  ];
}

/** The same certificate request signed by self-sign-submit and by openssl, each with a CA key of the same kind. */
function signing(bin: string, directory: string, caKeyType: string, algorithm: readonly string[]) {
  const openssl = (...words: string[]) => execFileSync("openssl", words, { cwd: directory, stdio: "pipe" });
  execFileSync("mkdir", ["-m", "700", "-p", directory]);
  const caAlgorithm =
    caKeyType === "RSA-3072"
      ? ["RSA", "-pkeyopt", "rsa_keygen_bits:3072"]
      : ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
  openssl("genpkey", "-algorithm", ...caAlgorithm, "-out", "ca.key");
  openssl(
    "req",
    "-x509",
    "-new",
    "-key",
    "ca.key",
    "-subj",
    "/CN=Bench CA",
    "-days",
    "3650",
    "-out",
    "ca.pem",
  );
  openssl("genpkey", "-algorithm", ...algorithm, "-out", "leaf.key");
  const names = ["-subj", "/CN=www.example.test", "-addext", "subjectAltName=DNS:www.example.test"];
  openssl("req", "-new", "-key", "leaf.key", ...names, "-out", "leaf.csr");

  const state = join(directory, "state");
  const submit: Command = {
    argv: [join(bin, "self-sign-submit"), "-d", state, "--ca-key-type", caKeyType],
    environment: {
      CERTMONGER_OPERATION: "SUBMIT",
      CERTMONGER_CSR: readFileSync(join(directory, "leaf.csr"), "utf8"),
    },
    // Or the same request would be given the certificate of the run before.
    before: () => forgetAnswers(join(state, "answers")),
  };
  const words = ["-days", "365", "-set_serial", "0x3a5f0c1b7d", "-copy_extensions", "copy"];
  const inDirectory = (name: string) => join(directory, name);
  const files = [
    "-in",
    inDirectory("leaf.csr"),
    "-CA",
    inDirectory("ca.pem"),
    "-CAkey",
    inDirectory("ca.key"),
  ];
  return {
    submit,
    openssl: { name: "`openssl x509 -req`", argv: ["/usr/bin/openssl", "x509", "-req", ...files, ...words] },
  };
}

function forgetAnswers(directory: string): void {
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory)) rmSync(join(directory, name));
}
