import { generateKey, type KeyKind, type KeyPair } from "../x509/keys.ts";
import type { SubjectAltName } from "../x509/names.ts";
import { type CsrSample, makeSample, readPublicKey, sampleOf } from "./csr-samples.ts";

/**
 * Makes the CSRs of one trial. Without a model each asks for a host of its own; with one, each asks for the model's
 * subject and names, so that a CA that allows these names allows all of them.
 */
export class SampleMaker {
  readonly #model: CsrSample | undefined;
  readonly #nickname: string;
  readonly #keys = new Map<string, KeyPair>();
  #count = 0;

  constructor(model: string | undefined, nickname: string) {
    this.#nickname = nickname;
    this.#model = model === undefined ? undefined : sampleOf(model, "the given CSR", nickname);
  }

  /** The first CSR: the model itself, or one as `getcert request` makes it. */
  plain(): CsrSample {
    return this.#model ?? this.fresh("a plain CSR");
  }

  /** Another CSR that should fare like the plain one. */
  fresh(
    name: string,
    options: { kind?: KeyKind; key?: string; names?: readonly SubjectAltName[] } = {},
  ): CsrSample {
    const keyPair = this.key(options.kind ?? this.usualKind(), options.key);
    const nickname = this.#nickname;
    const number = ++this.#count;
    const subject = this.#model?.parsed?.subject ?? `CN=conformance-${number}.example.test`;
    const names = options.names ?? this.#model?.names;
    return makeSample({
      name,
      subject,
      keyPair,
      nickname,
      friendlyName: `conformance ${number}`,
      ...(names !== undefined && { names }),
    });
  }

  /** The kind of the model's key; without a model RSA, as certmonger's default. */
  usualKind(): KeyKind {
    const key = this.#model?.parsed && readPublicKey(this.#model.parsed.spkiDer);
    if (key?.asymmetricKeyType === "ec") return "EC-P256";
    return key?.asymmetricKeyType === "ed25519" ? "Ed25519" : "RSA-2048";
  }

  /** A key pair; the same kind and name give the same one, because making RSA keys takes long. */
  key(kind: KeyKind, name = "usual"): KeyPair {
    const id = `${kind} ${name}`;
    const known = this.#keys.get(id);
    if (known !== undefined) return known;
    const made = generateKey(kind);
    this.#keys.set(id, made);
    return made;
  }
}
