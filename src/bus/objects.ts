import { BusError, ErrorName } from "./error.ts";
import { type Interface, introspectable, properties } from "./interface.ts";
import { introspectionXml } from "./introspection.ts";
import type { Answer, IncomingCall } from "./message.ts";
import { asText, type BusValue, Variant } from "./values.ts";

/** Who calls. */
export interface Caller {
  readonly uid: number;
}

/**
 * What objects of a kind do for one interface, as tables that all of them share: `getcert list` makes 34 calls for
 * each certificate, and each call needs one entry. `Self` is the object that was called.
 */
export interface Kind<Self> {
  readonly definition: Interface;
  /** Under the name of each method: takes its arguments, gives the values of its answer. */
  readonly methods: Readonly<Record<string, MethodHandler<Self>>>;
  /** The properties by name; `undefined` is what is not set, which GetAll leaves out. */
  readonly properties: Readonly<Record<string, (self: Self) => BusValue | undefined>>;
  /** Sets a property that may be written; its type is checked already. */
  readonly set?: (self: Self, name: string, value: BusValue) => Promise<void>;
}

/**
 * The values of an answer, of the types that the method promises; an `Answer` where certmonger answers with
 * another signature than it promises; nothing where certmonger answers without values.
 */
export type Values = readonly BusValue[] | Answer | undefined;

export type MethodHandler<Self> = (
  self: Self,
  args: readonly BusValue[],
  caller: Caller,
) => Values | Promise<Values>;

/** What one object does for one interface. */
export interface Implementation {
  readonly definition: Interface;
  /** Calls a method that the definition has. */
  call(method: string, args: readonly BusValue[], caller: Caller): Values | Promise<Values>;
  value(property: string): BusValue | undefined;
  set(property: string, value: BusValue): Promise<void>;
}

/** A kind's tables, for one object. */
export function implement<Self>(kind: Kind<Self>, self: Self): Implementation {
  return {
    definition: kind.definition,
    call: (method, args, caller) => kind.methods[method]?.(self, args, caller),
    value: (property) => kind.properties[property]?.(self),
    set: async (property, value) => await kind.set?.(self, property, value),
  };
}

/** An object at a path; a path that only leads to others has no `implementations`. */
export interface BusObject {
  readonly implementations: readonly Implementation[];
  /** Names of the paths right below. */
  readonly children: readonly string[];
}

/** Finds what is at a path; `undefined` when there is nothing. */
export type ObjectTree = (path: string) => BusObject | undefined;

/**
 * Answers a call of one of our objects: Introspectable, Properties, and the object's own interfaces.
 *
 * @throws {BusError} for what is not there, arguments of the wrong type, and what the method throws
 */
export async function answerCall(tree: ObjectTree, call: IncomingCall, caller: Caller): Promise<Answer> {
  const object = tree(call.path);
  if (object === undefined) {
    throw new BusError(ErrorName.unknownMethod, `there is no object at ${call.path}`);
  }
  const found = find(object, call);
  if (found === undefined) {
    const where = call.interface === undefined ? "" : ` on interface "${call.interface}"`;
    const text = `Method "${call.member}" with signature "${call.signature}"${where} doesn't exist\n`;
    throw new BusError(ErrorName.unknownMethod, text);
  }
  const values = await found.implementation.call(call.member, call.body, caller);
  if (values === undefined) return {};
  return isAnswer(values) ? values : { signature: found.gives, body: values };
}

function isAnswer(values: readonly BusValue[] | Answer): values is Answer {
  return !Array.isArray(values);
}

interface Found {
  readonly implementation: Pick<Implementation, "call">;
  /** The signature of what the method gives. */
  readonly gives: string;
}

/** The object's own interfaces come first: a call that names no interface means them. */
function find(object: BusObject, call: IncomingCall): Found | undefined {
  for (const implementation of object.implementations) {
    const gives = takes(implementation.definition, call);
    if (gives !== undefined) return { implementation, gives };
  }
  const value = object.implementations.length > 0 ? takes(properties, call) : undefined;
  if (value !== undefined)
    return { implementation: implement(propertiesKind, object.implementations), gives: value };
  const xml = takes(introspectable, call);
  return xml === undefined
    ? undefined
    : { implementation: implement(introspectableKind, { object, path: call.path }), gives: xml };
}

/** The signature of the answer when the call is for a method of this interface. */
function takes({ name, methods }: Interface, call: IncomingCall): string | undefined {
  if (call.interface !== undefined && call.interface !== name) return undefined;
  const signatures = methods.get(call.member)?.signatures;
  return signatures?.takes === call.signature ? signatures.gives : undefined;
}

const introspectableKind: Kind<{ readonly object: BusObject; readonly path: string }> = {
  definition: introspectable,
  methods: {
    Introspect: ({ object: { implementations, children }, path }) => {
      const own = implementations.map(({ definition }) => definition);
      const interfaces = [introspectable, ...(own.length > 0 ? [properties] : []), ...own];
      return [introspectionXml({ path, interfaces, children })];
    },
  },
  properties: {},
};

const propertiesKind: Kind<readonly Implementation[]> = {
  definition: properties,
  methods: {
    Get: (own, [interfaceName, name]) => {
      const { property, implementation } = propertyOf(own, asText(interfaceName), asText(name));
      return [new Variant(property.type, implementation.value(property.name) ?? empty(property.type))];
    },
    Set: async (own, [interfaceName, name, value]) => {
      const { property, implementation } = propertyOf(own, asText(interfaceName), asText(name));
      if (property.access === "read") {
        throw new BusError(ErrorName.propertyReadOnly, `property "${property.name}" can not be set`);
      }
      if (!(value instanceof Variant) || value.signature !== property.type) {
        const text = `property "${property.name}" is of type "${property.type}"`;
        throw new BusError(ErrorName.invalidArgs, text);
      }
      await implementation.set(property.name, value.value);
      return undefined;
    },
    GetAll: (own, [interfaceName]) => {
      const implementation = own.find(({ definition }) => definition.name === asText(interfaceName));
      const all = new Map<string, BusValue>();
      for (const { name, type } of implementation?.definition.properties.values() ?? []) {
        const value = implementation?.value(name);
        if (value !== undefined) all.set(name, new Variant(type, value));
      }
      return [all];
    },
  },
  properties: {},
};

function propertyOf(own: readonly Implementation[], interfaceName = "", name = "") {
  const implementation = own.find(({ definition }) => definition.name === interfaceName);
  if (implementation === undefined) {
    throw new BusError(ErrorName.unknownInterface, `there is no interface "${interfaceName}" here`);
  }
  const property = implementation.definition.properties.get(name);
  if (property === undefined) {
    throw new BusError(ErrorName.unknownProperty, `there is no property "${name}" on "${interfaceName}"`);
  }
  return { property, implementation };
}

/** What stands for "not set" in an answer that must have a value. */
function empty(type: string): BusValue {
  switch (type) {
    case "s":
      return "";
    case "b":
      return false;
    case "x":
      return 0n;
    case "o":
      return "/";
    default:
      return [];
  }
}
