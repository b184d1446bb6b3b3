import { inBackground, untilAborted } from "./background.ts";
import { Cleanup } from "./cleanup.ts";
import { KerberosError, type KerberosStage } from "./error.ts";
import { type GssBuffer, gss } from "./gss-library.ts";
import { allocateBytes, ccacheElement, oid, takeBytes } from "./gss-memory.ts";
import type { ContextTarget, SecurityContext } from "./kerberos.ts";
import type { OpenCcache } from "./krb5.ts";
import { type Out, outPointer } from "./krb5-library.ts";
import { ffi, type Pointer } from "./native.ts";

/** GSS_C_*_FLAG (RFC 2744 appendix A). */
const Flag = { mutual: 2, sequence: 8, confidentiality: 16, integrity: 32 } as const;

/**
 * Never delegation: a server that holds our ticket could act as this host anywhere, and IPA's needs none (it has
 * S4U2Proxy). For HTTP TLS protects the messages, for LDAP these flags ask for it.
 */
const flagsOf = {
  SPNEGO: Flag.mutual,
  krb5: Flag.mutual | Flag.sequence | Flag.confidentiality | Flag.integrity,
} as const;

/** GSS_ERROR() of gssapi.h: the calling and routine errors, without the supplementary bits. */
const isError = (major: number) => (major & 0xffff0000) !== 0;
const initiateOnly = 1;

/**
 * Adds to a ccache a credential for its tickets, for all mechanisms: one made by `gss_krb5_import_cred` SPNEGO
 * does not take (measured). The default ccache needs none, GSS-API finds it by itself.
 */
export function acquireCredential(ccache: OpenCcache): Pointer {
  if (ccache.name === undefined) return null;
  const temporary = new Cleanup();
  try {
    const minor: Out<number> = [0];
    const credential = outPointer();
    const store = { count: 1, elements: ccacheElement(ccache.name, temporary) };
    const major = gss().acquireCredFrom(minor, null, 0, null, initiateOnly, store, credential, null, null);
    check("service-ticket", `no credential from ${ccache.name}`, major, minor[0]);
    ccache.cleanup.add(() => gss().releaseCred([0], credential));
    return credential[0];
  } finally {
    temporary.run();
  }
}

export class Context implements SecurityContext {
  isComplete = false;
  readonly #ccache: OpenCcache;
  readonly #credential: Pointer;
  readonly #target: ContextTarget;
  readonly #name: Pointer;
  readonly #context: Out<Pointer> = outPointer();
  readonly #cleanup = new Cleanup();

  constructor(ccache: OpenCcache, credential: Pointer, target: ContextTarget) {
    this.#ccache = ccache;
    this.#credential = credential;
    this.#target = target;
    this.#name = this.#importName();
    this.#cleanup.add(() => {
      if (this.#context[0] !== null) gss().deleteSecContext([0], this.#context, null);
    });
  }

  get #service(): string {
    return `${this.#target.service}@${this.#target.host}`;
  }

  #importName(): Pointer {
    const text = allocateBytes(Buffer.from(this.#service, "utf8"));
    try {
      const minor: Out<number> = [0];
      const name = outPointer();
      const major = gss().importName(minor, text, oid("hostBasedService"), name);
      check("service-ticket", `service ${this.#service}`, major, minor[0]);
      this.#cleanup.add(() => gss().releaseName([0], name));
      return name[0];
    } finally {
      ffi().free(text.value);
    }
  }

  step(token?: Uint8Array, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const work = this.#ccache.cleanup.keepDuring(() => this.#cleanup.keepDuring(() => this.#step(token)));
    return untilAborted(work, signal);
  }

  async #step(token: Uint8Array | undefined): Promise<Uint8Array | undefined> {
    const minor: Out<number> = [0];
    const actualFlags: Out<number> = [0];
    const output = {};
    const major = await this.#initSecContext(minor, token, output, actualFlags);
    const reply = takeBytes(output);
    if (isError(major) && token === undefined) {
      const { service, host } = this.#target;
      throw (
        (await this.#ccache.whyNoTicket(service, host)) ??
        gssError("service-ticket", this.#noTicket, major, minor[0])
      );
    }
    check("server-proof", `no mutual proof with ${this.#service}`, major, minor[0]);
    this.isComplete = major === 0;
    if (this.isComplete && !(actualFlags[0] & Flag.mutual)) {
      throw new KerberosError("server-proof", 0, this.#service, "the server did not prove who it is");
    }
    return reply.length === 0 ? undefined : reply;
  }

  get #noTicket(): string {
    return `no token for ${this.#service}`;
  }

  async #initSecContext(
    minor: Out<number>,
    token: Uint8Array | undefined,
    output: GssBuffer,
    actualFlags: Out<number>,
  ): Promise<number> {
    const { mechanism } = this.#target;
    const input = token === undefined ? { length: 0, value: null } : allocateBytes(token);
    try {
      return await inBackground(
        gss().initSecContext,
        minor,
        this.#credential,
        this.#context,
        this.#name,
        oid(mechanism),
        flagsOf[mechanism],
        0,
        null,
        input,
        null,
        output,
        actualFlags,
        null,
      );
    } finally {
      if (input.value !== null) ffi().free(input.value);
    }
  }

  wrap(message: Uint8Array, { isConfidential }: { isConfidential: boolean }): Uint8Array {
    const minor: Out<number> = [0];
    const wasConfidential: Out<number> = [0];
    const output = {};
    const input = allocateBytes(message);
    try {
      const wanted = isConfidential ? 1 : 0;
      const major = gss().wrap(minor, this.#context[0], wanted, 0, input, wasConfidential, output);
      const wrapped = takeBytes(output);
      check("message", `a message to ${this.#service} can not be protected`, major, minor[0]);
      if (isConfidential && wasConfidential[0] === 0) {
        throw new KerberosError("message", 0, this.#service, "a message can not be encrypted");
      }
      return wrapped;
    } finally {
      ffi().free(input.value);
    }
  }

  unwrap(message: Uint8Array): Uint8Array {
    const minor: Out<number> = [0];
    const output = {};
    const input = allocateBytes(message);
    try {
      const major = gss().unwrap(minor, this.#context[0], input, output, [0], [0]);
      const plain = takeBytes(output);
      check("message", `a message from ${this.#service} is not what it sent`, major, minor[0]);
      return plain;
    } finally {
      ffi().free(input.value);
    }
  }

  release(): void {
    this.#cleanup.run();
  }
}

function check(stage: KerberosStage, what: string, major: number, minor: number): void {
  if (isError(major)) throw gssError(stage, what, major, minor);
}

function gssError(stage: KerberosStage, what: string, major: number, minor: number): KerberosError {
  return new KerberosError(stage, minor | 0, what, statusText(major, minor));
}

/** The mechanism's words, or GSS-API's own where the mechanism has none. */
function statusText(major: number, minor: number): string {
  const [generalStatus, mechanismStatus] = [1, 2];
  const text = minor === 0 ? displayStatus(major, generalStatus) : displayStatus(minor, mechanismStatus);
  return text === "" ? `GSS-API status ${major.toString(16)}, ${minor}` : text;
}

function displayStatus(status: number, type: number): string {
  const texts: string[] = [];
  const messageContext: Out<number> = [0];
  do {
    const output = {};
    const major = gss().displayStatus([0], status, type, oid("krb5"), messageContext, output);
    if (isError(major)) break;
    texts.push(Buffer.from(takeBytes(output)).toString("utf8"));
  } while (messageContext[0] !== 0);
  return texts.join(": ");
}
