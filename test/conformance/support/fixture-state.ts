import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCertificate, randomSerial } from "../../../src/x509/certificate.ts";
import { encodeBasicConstraints } from "../../../src/x509/extensions.ts";
import { generateKey, type KeyPair, privateKeyToPem, spkiDer } from "../../../src/x509/keys.ts";
import { encodeName, parseSubject } from "../../../src/x509/names.ts";

export const fixtures = join(import.meta.dirname, "../../fixtures/helpers/conformance");
export const secret = "correct horse battery staple";

const dayMs = 24 * 60 * 60 * 1000;

interface Ca {
  readonly name: string;
  readonly keyPair: KeyPair;
}

/** A CA certificate of `days` around today. */
function certify(subject: Ca, issuer: Ca, days = { from: -1, to: 30 }): string {
  return createCertificate({
    serial: randomSerial(),
    subjectDer: encodeName(parseSubject(subject.name)),
    issuerDer: encodeName(parseSubject(issuer.name)),
    spkiDer: spkiDer(subject.keyPair.publicKey),
    notBefore: new Date(Date.now() + days.from * dayMs),
    notAfter: new Date(Date.now() + days.to * dayMs),
    extensions: [encodeBasicConstraints({ ca: true })],
    issuerKey: issuer.keyPair.privateKey,
  });
}

/**
 * The state of the fixture helpers: a CA (ca.pem, ca.key), and what the faulty ones do wrong with: a CA of the same
 * name (impostor.pem), one of another (stranger.pem), one under the CA (intermediate.pem), one that has expired
 * (expired.pem), another public key (other.pub), a password (secret).
 */
export class FixtureState {
  readonly #template: string;
  readonly #directories: string[] = [];

  private constructor(template: string) {
    this.#template = template;
    this.#directories.push(template);
  }

  static async make(): Promise<FixtureState> {
    const directory = await mkdtemp(join(tmpdir(), "fixture-state-"));
    const ca = (name: string): Ca => ({ name, keyPair: generateKey("EC-P256") });
    const root = ca("CN=Conformance CA");
    const stranger = ca("CN=Stranger");
    const impostor = ca("CN=Conformance CA");
    const old = ca("CN=Old CA");
    const files = {
      "ca.pem": certify(root, root),
      "ca.key": privateKeyToPem(root.keyPair.privateKey),
      "stranger.pem": certify(stranger, stranger),
      "impostor.pem": certify(impostor, impostor),
      "intermediate.pem": certify(ca("CN=Intermediate"), root),
      "expired.pem": certify(old, old, { from: -30, to: -1 }),
      "other.pub": stranger.keyPair.publicKey.export({ type: "spki", format: "pem" }),
      secret,
    };
    for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
    return new FixtureState(directory);
  }

  /** A state directory that nobody has used yet. */
  async fresh(): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), "fixture-state-"));
    this.#directories.push(directory);
    await cp(this.#template, directory, { recursive: true });
    return directory;
  }

  async remove(): Promise<void> {
    await Promise.all(this.#directories.map((path) => rm(path, { recursive: true, force: true })));
  }
}
