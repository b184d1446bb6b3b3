/**
 * Values as they travel on D-Bus. Numbers of 64 bits are `bigint`, smaller ones `number`; paths and
 * signatures are strings; structs and arrays are both arrays: the signature tells them apart.
 */
export type BusValue =
  | string
  | boolean
  | number
  | bigint
  | Uint8Array
  | Variant
  | BusDictionary
  | readonly BusValue[];

/** `a{s…}`: the order of the sender is kept. */
export type BusDictionary = ReadonlyMap<string, BusValue>;

/** `v`: a value that carries its own signature. */
export class Variant {
  readonly signature: string;
  readonly value: BusValue;

  constructor(signature: string, value: BusValue) {
    this.signature = signature;
    this.value = value;
  }
}

/** What is inside of a variant; any other value is itself. */
export function plain(value: BusValue | undefined): BusValue | undefined {
  return value instanceof Variant ? value.value : value;
}

/** The text in a value, or `undefined` when it holds something else. */
export function asText(value: BusValue | undefined): string | undefined {
  const inside = plain(value);
  return typeof inside === "string" ? inside : undefined;
}

export function asFlag(value: BusValue | undefined): boolean | undefined {
  const inside = plain(value);
  return typeof inside === "boolean" ? inside : undefined;
}

/** A number of any width; those of 64 bits lose what is beyond 2^53. */
export function asNumber(value: BusValue | undefined): number | undefined {
  const inside = plain(value);
  if (typeof inside === "bigint") return Number(inside);
  return typeof inside === "number" ? inside : undefined;
}

/** The texts in an array (`as`, `ao`), or `undefined` when it is something else or holds something else. */
export function asTexts(value: BusValue | undefined): readonly string[] | undefined {
  const inside = plain(value);
  if (!Array.isArray(inside)) return undefined;
  const texts = inside.filter((item): item is string => typeof item === "string");
  return texts.length === inside.length ? texts : undefined;
}

export function asDictionary(value: BusValue | undefined): BusDictionary | undefined {
  const inside = plain(value);
  return inside instanceof Map ? inside : undefined;
}
