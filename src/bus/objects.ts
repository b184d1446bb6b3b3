import { BusError, ErrorName } from "./error.ts";
import {
  findMethod,
  findProperty,
  type Interface,
  introspectable,
  type Method,
  properties,
  propertiesOf,
  signatureOf,
} from "./interface.ts";
import { introspectionXml } from "./introspection.ts";
import type { Answer, IncomingCall } from "./message.ts";
import { asText, type BusValue, Variant } from "./values.ts";

/** Who calls. */
export interface Caller {
  readonly uid: number;
}

/** What an object does for one interface. */
export interface Implementation {
  readonly definition: Interface;
  /** Under the name of each method: takes its arguments, gives the values of its answer. */
  readonly methods: Readonly<Record<string, MethodHandler>>;
  /** The properties by name; `undefined` is what is not set, which GetAll leaves out. */
  readonly values: () => Readonly<Record<string, BusValue | undefined>>;
  /** Sets a property that may be written; its type is checked already. */
  readonly set: (name: string, value: BusValue) => Promise<void>;
}

/**
 * The values of an answer, of the types that the method promises; an `Answer` where certmonger answers with
 * another signature than it promises; nothing where certmonger answers without values.
 */
export type Values = readonly BusValue[] | Answer | undefined;

export type MethodHandler = (args: readonly BusValue[], caller: Caller) => Values | Promise<Values>;

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
  const found = findHandler(object, call, caller);
  if (found === undefined) {
    const where = call.interface === undefined ? "" : ` on interface "${call.interface}"`;
    const text = `Method "${call.member}" with signature "${call.signature}"${where} doesn't exist\n`;
    throw new BusError(ErrorName.unknownMethod, text);
  }
  const values = await found.run();
  if (values === undefined) return {};
  return isAnswer(values) ? values : { signature: signatureOf(found.method.gives), body: values };
}

function isAnswer(values: readonly BusValue[] | Answer): values is Answer {
  return !Array.isArray(values);
}

interface Found {
  readonly method: Method;
  readonly run: () => ReturnType<MethodHandler>;
}

/** The object's own interfaces come first: they are what is asked for nearly always. */
function findHandler(object: BusObject, call: IncomingCall, caller: Caller): Found | undefined {
  return findIn(object.implementations, call, caller) ?? findIn(standard(object, call.path), call, caller);
}

function findIn(
  implementations: readonly Pick<Implementation, "definition" | "methods">[],
  call: IncomingCall,
  caller: Caller,
): Found | undefined {
  for (const { definition, methods } of implementations) {
    if (call.interface !== undefined && call.interface !== definition.name) continue;
    const method = findMethod(definition, call.member);
    const handler = methods[call.member];
    if (method === undefined || handler === undefined) continue;
    if (signatureOf(method.takes) !== call.signature) continue;
    return { method, run: () => handler(call.body, caller) };
  }
  return undefined;
}

/** What every object does: Introspectable, and Properties where there are interfaces. */
function standard(object: BusObject, path: string): Pick<Implementation, "definition" | "methods">[] {
  const own = object.implementations;
  const interfaces = [
    introspectable,
    ...(own.length > 0 ? [properties] : []),
    ...own.map(({ definition }) => definition),
  ];
  const introspection = {
    definition: introspectable,
    methods: { Introspect: () => [introspectionXml({ path, interfaces, children: object.children })] },
  };
  return own.length > 0
    ? [introspection, { definition: properties, methods: propertyMethods(own) }]
    : [introspection];
}

function propertyMethods(own: readonly Implementation[]): Record<string, MethodHandler> {
  return {
    Get: ([interfaceName, name]) => {
      const { property, implementation } = propertyOf(own, asText(interfaceName), asText(name));
      const value = implementation.values()[property.name];
      return [new Variant(property.type, value ?? empty(property.type))];
    },
    Set: async ([interfaceName, name, value]) => {
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
    GetAll: ([interfaceName]) => {
      const implementation = own.find(({ definition }) => definition.name === asText(interfaceName));
      const all = new Map<string, BusValue>();
      const values = implementation?.values() ?? {};
      for (const { name, type } of implementation ? propertiesOf(implementation.definition) : []) {
        const value = values[name];
        if (value !== undefined) all.set(name, new Variant(type, value));
      }
      return [all];
    },
  };
}

function propertyOf(own: readonly Implementation[], interfaceName = "", name = "") {
  const implementation = own.find(({ definition }) => definition.name === interfaceName);
  if (implementation === undefined) {
    throw new BusError(ErrorName.unknownInterface, `there is no interface "${interfaceName}" here`);
  }
  const property = findProperty(implementation.definition, name);
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
