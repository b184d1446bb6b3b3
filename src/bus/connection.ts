import type { Socket } from "node:net";
import {
  createConnection,
  type DBusConnection,
  type Message,
  messageType,
  Variant as WireVariant,
} from "dbus-native";
import { BusError, ErrorName } from "./error.ts";
import type { Answer, Call, IncomingCall, Signal } from "./message.ts";
import { type BusValue, Variant } from "./values.ts";

/** As `getcert` waits: 30 s (getcert.c, send_req). */
const defaultTimeoutMs = 30_000;

/** An answer may be a list of thousands; the library alone would take 128 MiB. */
const maximumAnswerBytes = 32 * 1024 * 1024;

/** What a server takes from anyone who may connect: requests are small. */
const maximumCallBytes = 1024 * 1024;
const maximumGreetingBytes = 256 * 1024;

/** Who asks and does not read the answers shall not fill our memory with them. */
const maximumUnreadBytes = 16 * 1024 * 1024;

const noReplyExpected = 1;

interface Waiting {
  readonly resolve: (body: readonly BusValue[]) => void;
  readonly reject: (error: BusError) => void;
  readonly timer: NodeJS.Timeout;
}

export type CallHandler = (call: IncomingCall) => Promise<Answer>;

/**
 * One D-Bus connection: calls in both directions, and signals. Only authentication EXTERNAL is used or
 * accepted. The only importer of dbus-native.
 */
export class BusConnection {
  readonly #wire: DBusConnection;
  readonly #waiting = new Map<number, Waiting>();
  readonly #signalHandlers = new Set<(signal: Signal) => void>();
  readonly #closeHandlers = new Set<() => void>();
  #handleCall: CallHandler | undefined;
  #serial = 0;
  #closed: BusError | undefined;
  /** The stream to a peer that has to read what it asked for. */
  #watched: Socket | undefined;

  private constructor(wire: DBusConnection) {
    this.#wire = wire;
    wire.on("message", (message: Message) => this.#receive(message));
    wire.on("error", (error: Error) => this.#fail(error));
    wire.on("close", () => this.#fail(new Error("the connection was closed")));
  }

  /** The client's half: greets the server on a connected socket. Resolves when authenticated. */
  static client(stream: Socket): Promise<BusConnection> {
    const options = { stream, authMethods: ["EXTERNAL"], maxMessageSize: maximumAnswerBytes };
    return BusConnection.#start(options, stream);
  }

  /**
   * The server's half. The peer must claim to be `uid`. Node can not ask the kernel who the peer is, so the
   * claim is no proof: the permissions of the socket's file must let only `uid` connect.
   *
   * @param accept gets the connection before any message is read from it: clients greet and call in one go
   */
  static server(
    stream: Socket,
    uid: number,
    accept: (connection: BusConnection) => void,
  ): Promise<BusConnection> {
    const authorize = (peer: { uid: number | null }) => peer.uid === uid;
    const limit = { maxMessageSize: maximumCallBytes };
    const options = { stream, server: true, authMethods: ["EXTERNAL"], ...limit, ...{ authorize } };
    const onReadable = () => {
      if (stream.bytesRead > maximumGreetingBytes) stream.destroy(new Error("the greeting is too long"));
    };
    stream.on("readable", onReadable);
    return BusConnection.#start(options, stream, (connection) => {
      stream.off("readable", onReadable);
      connection.#watched = stream;
      accept(connection);
    });
  }

  /** @param ready gets the connection before any message is read from it */
  static #start(
    options: Parameters<typeof createConnection>[0],
    stream: Socket,
    ready: (connection: BusConnection) => void = () => {},
  ): Promise<BusConnection> {
    return new Promise((resolve, reject) => {
      const wire = createConnection({ ...options, variants: "wrap" });
      const failed = (error?: Error) => {
        stream.destroy();
        const reason = error?.message ?? "the connection was closed";
        reject(new BusError(ErrorName.noServer, reason, { cause: error }));
      };
      wire.on("error", failed);
      wire.on("close", failed);
      wire.once("connect", () => {
        const connection = new BusConnection(wire);
        wire.off("error", failed);
        wire.off("close", failed);
        ready(connection);
        resolve(connection);
      });
    });
  }

  /** Answers the calls of the peer. Without it every call is an unknown method. */
  onCall(handler: CallHandler): void {
    this.#handleCall = handler;
  }

  /** @returns a function that ends the subscription */
  onSignal(handler: (signal: Signal) => void): () => void {
    this.#signalHandlers.add(handler);
    return () => this.#signalHandlers.delete(handler);
  }

  /** Called once, when the connection is over for whatever reason. */
  onClose(handler: () => void): void {
    if (this.#closed === undefined) this.#closeHandlers.add(handler);
    else handler();
  }

  /**
   * Calls a method and waits for its answer.
   *
   * @throws {BusError} the peer's error; `NoReply` after `timeoutMs`, `Disconnected` when the connection ends
   */
  call(call: Call, timeoutMs = defaultTimeoutMs): Promise<readonly BusValue[]> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const serial = this.#nextSerial();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(serial);
        reject(new BusError(ErrorName.noReply, `no answer to ${call.member} within ${timeoutMs / 1000} s`));
      }, timeoutMs);
      this.#waiting.set(serial, { resolve, reject, timer });
      this.#send({
        type: messageType.methodCall,
        serial,
        path: call.path,
        interface: call.interface,
        member: call.member,
        ...(call.destination !== undefined && { destination: call.destination }),
        ...payload(call),
      });
    });
  }

  emit(signal: Signal): void {
    if (this.#closed !== undefined) return;
    const { path, member } = signal;
    this.#send({
      type: messageType.signal,
      serial: this.#nextSerial(),
      path,
      interface: signal.interface,
      member,
      ...payload(signal),
    });
  }

  /** Ends the connection after what was sent is written. */
  close(): void {
    this.#wire.end();
    this.#fail(new Error("the connection was closed"));
  }

  #nextSerial(): number {
    this.#serial = this.#serial >= 0xffff_fffe ? 1 : this.#serial + 1;
    return this.#serial;
  }

  #send(message: Message): void {
    this.#wire.message(message);
    if ((this.#watched?.writableLength ?? 0) > maximumUnreadBytes) {
      this.#fail(new Error("the peer does not read its answers"));
      this.#watched?.destroy();
    }
  }

  #receive(message: Message): void {
    if (this.#closed !== undefined) return;
    switch (message.type) {
      case messageType.methodCall:
        void this.#answer(message);
        return;
      case messageType.methodReturn:
        this.#take(message)?.resolve(bodyOf(message));
        return;
      case messageType.error:
        this.#take(message)?.reject(errorOf(message));
        return;
      case messageType.signal:
        this.#announce(message);
        return;
    }
  }

  #take(message: Message): Waiting | undefined {
    const serial = message.replySerial ?? 0;
    const waiting = this.#waiting.get(serial);
    this.#waiting.delete(serial);
    clearTimeout(waiting?.timer);
    return waiting;
  }

  #announce(message: Message): void {
    const signal: Signal = {
      path: message.path ?? "",
      interface: message.interface ?? "",
      member: message.member ?? "",
      signature: message.signature ?? "",
      body: bodyOf(message),
    };
    for (const handler of this.#signalHandlers) handler(signal);
  }

  async #answer(message: Message): Promise<void> {
    let reply: Message;
    try {
      const answer = await this.#dispatch(message);
      reply = { type: messageType.methodReturn, ...payload(answer) };
    } catch (error) {
      const { name, text } = describe(error);
      reply = { type: messageType.error, errorName: name, signature: "s", body: [text] };
    }
    const wantsNone = ((message.flags ?? 0) & noReplyExpected) !== 0;
    if (wantsNone || this.#closed !== undefined) return;
    const addressed = {
      ...reply,
      serial: this.#nextSerial(),
      replySerial: message.serial ?? 0,
      ...(message.sender !== undefined && { destination: message.sender }),
    };
    try {
      this.#send(addressed);
    } catch (error) {
      // An answer that its own signature can not carry: the caller must not wait for it.
      const { text } = describe(error);
      this.#send({
        ...addressed,
        type: messageType.error,
        errorName: ErrorName.failed,
        signature: "s",
        body: [text],
      });
    }
  }

  #dispatch(message: Message): Promise<Answer> {
    const member = message.member ?? "";
    if (this.#handleCall === undefined) {
      return Promise.reject(new BusError(ErrorName.unknownMethod, `there is no method "${member}" here`));
    }
    return this.#handleCall({
      path: message.path ?? "",
      member,
      signature: message.signature ?? "",
      body: bodyOf(message),
      ...(message.interface !== undefined && { interface: message.interface }),
      ...(message.sender !== undefined && { sender: message.sender }),
    });
  }

  #fail(cause: Error): void {
    if (this.#closed !== undefined) return;
    this.#closed = new BusError(ErrorName.disconnected, cause.message, { cause });
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(this.#closed);
    }
    this.#waiting.clear();
    for (const handler of this.#closeHandlers) handler();
  }
}

function payload(values: Answer): { signature?: string; body?: unknown[] } {
  const { signature = "", body = [] } = values;
  return signature === "" ? {} : { signature, body: body.map(toWire) };
}

function bodyOf(message: Message): readonly BusValue[] {
  return (message.body ?? []).map(fromWire);
}

function errorOf(message: Message): BusError {
  const [first] = bodyOf(message);
  return new BusError(message.errorName ?? ErrorName.failed, typeof first === "string" ? first : "");
}

function describe(error: unknown): { name: string; text: string } {
  if (error instanceof BusError) return { name: error.name, text: error.message };
  return { name: ErrorName.failed, text: error instanceof Error ? error.message : String(error) };
}

function toWire(value: BusValue): unknown {
  if (value instanceof Variant) return new WireVariant(value.signature, toWire(value.value));
  if (value instanceof Map) return [...value].map(([key, item]) => [key, toWire(item)]);
  if (Array.isArray(value)) return value.map(toWire);
  return value;
}

function fromWire(value: unknown): BusValue {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "number":
    case "bigint":
      return value;
  }
  if (value instanceof WireVariant) return new Variant(value.signature, fromWire(value.value));
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(fromWire);
  if (typeof value === "object" && value !== null) {
    return new Map(Object.entries(value).map(([key, item]) => [key, fromWire(item)]));
  }
  throw new BusError(ErrorName.failed, `the library gave a value of type ${typeof value}`);
}
