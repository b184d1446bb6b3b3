import type { BusValue } from "./values.ts";

/** A method call that we make. */
export interface Call {
  /** Bus name of the receiver; peers without a bus ignore it. */
  readonly destination?: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** Signature of `body`; absent when there are no arguments. */
  readonly signature?: string;
  readonly body?: readonly BusValue[];
}

/** A method call that somebody makes of us. */
export interface IncomingCall {
  readonly path: string;
  /** Callers may leave it out: then the member is looked for in all interfaces of the object. */
  readonly interface?: string;
  readonly member: string;
  readonly signature: string;
  readonly body: readonly BusValue[];
  /** Unique bus name of the caller; absent between peers. */
  readonly sender?: string;
}

/** The answer to a call: values with their signature. */
export interface Answer {
  readonly signature?: string;
  readonly body?: readonly BusValue[];
}

export interface Signal {
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly BusValue[];
}
