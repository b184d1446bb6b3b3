/** Name → signature of one complete type, in order: `{ nickname: "s", enabled: "b" }`. */
export type Arguments = Readonly<Record<string, string>>;

export interface Method {
  readonly kind: "method";
  readonly name: string;
  readonly takes: Arguments;
  readonly gives: Arguments;
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
}

export function method(name: string, takes: Arguments = {}, gives: Arguments = {}): Method {
  return { kind: "method", name, takes, gives };
}

export function property(name: string, type: string, access: Property["access"] = "read"): Property {
  return { kind: "property", name, type, access };
}

export function signal(name: string, carries: Arguments = {}): SignalDefinition {
  return { kind: "signal", name, carries };
}

export function signatureOf(args: Arguments): string {
  return Object.values(args).join("");
}

export function findMethod(of: Interface, name: string): Method | undefined {
  return of.members.find((member): member is Method => member.kind === "method" && member.name === name);
}

export function findProperty(of: Interface, name: string): Property | undefined {
  return propertiesOf(of).find((member) => member.name === name);
}

export function propertiesOf(of: Interface): Property[] {
  return of.members.filter((member) => member.kind === "property");
}

/** `org.freedesktop.DBus.Introspectable` */
export const introspectable: Interface = {
  name: "org.freedesktop.DBus.Introspectable",
  members: [method("Introspect", {}, { xml_data: "s" })],
};

/** `org.freedesktop.DBus.Properties` */
export const properties: Interface = {
  name: "org.freedesktop.DBus.Properties",
  members: [
    method("Get", { interface_name: "s", property_name: "s" }, { value: "v" }),
    method("Set", { interface_name: "s", property_name: "s", value: "v" }),
    method("GetAll", { interface_name: "s" }, { props: "a{sv}" }),
    signal("PropertiesChanged", {
      interface_name: "s",
      changed_properties: "a{sv}",
      invalidated_properties: "as",
    }),
  ],
};
