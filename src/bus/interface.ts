/** Name → signature of one complete type, in order: `{ nickname: "s", enabled: "b" }`. */
export type Arguments = Readonly<Record<string, string>>;

export interface Method {
  readonly kind: "method";
  readonly name: string;
  readonly takes: Arguments;
  readonly gives: Arguments;
  /** The signatures of all that it takes and gives. */
  readonly signatures: { readonly takes: string; readonly gives: string };
}

export interface Property {
  readonly kind: "property";
  readonly name: string;
  readonly type: string;
  readonly access: "read" | "readwrite";
  /** Introspection says that changes of it are announced. */
  readonly announced?: boolean;
}

export interface SignalDefinition {
  readonly kind: "signal";
  readonly name: string;
  readonly carries: Arguments;
}

export type Member = Method | Property | SignalDefinition;

/** An interface of D-Bus as data: what introspection shows, and what calls are checked against. */
export interface Interface {
  readonly name: string;
  /** In the order of introspection. */
  readonly members: readonly Member[];
  /** The methods and properties among them by name, for those who look one up with every call. */
  readonly methods: ReadonlyMap<string, Method>;
  readonly properties: ReadonlyMap<string, Property>;
}

export function defineInterface(name: string, members: readonly Member[]): Interface {
  const methods = members.filter((member) => member.kind === "method");
  const properties = members.filter((member) => member.kind === "property");
  return {
    name,
    members,
    methods: new Map(methods.map((member) => [member.name, member])),
    properties: new Map(properties.map((member) => [member.name, member])),
  };
}

export function method(name: string, takes: Arguments = {}, gives: Arguments = {}): Method {
  const signatures = { takes: Object.values(takes).join(""), gives: Object.values(gives).join("") };
  return { kind: "method", name, takes, gives, signatures };
}

export function property(name: string, type: string, access: Property["access"] = "read"): Property {
  return { kind: "property", name, type, access };
}

export function signal(name: string, carries: Arguments = {}): SignalDefinition {
  return { kind: "signal", name, carries };
}

/** `org.freedesktop.DBus.Introspectable` */
export const introspectable = defineInterface("org.freedesktop.DBus.Introspectable", [
  method("Introspect", {}, { xml_data: "s" }),
]);

/** `org.freedesktop.DBus.Properties` */
export const properties = defineInterface("org.freedesktop.DBus.Properties", [
  method("Get", { interface_name: "s", property_name: "s" }, { value: "v" }),
  method("Set", { interface_name: "s", property_name: "s", value: "v" }),
  method("GetAll", { interface_name: "s" }, { props: "a{sv}" }),
  signal("PropertiesChanged", {
    interface_name: "s",
    changed_properties: "a{sv}",
    invalidated_properties: "as",
  }),
]);
