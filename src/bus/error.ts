/** Names of D-Bus errors that we give or decide by; certmonger's own begin with its bus name. */
export const ErrorName = {
  failed: "org.freedesktop.DBus.Error.Failed",
  accessDenied: "org.freedesktop.DBus.Error.AccessDenied",
  unknownMethod: "org.freedesktop.DBus.Error.UnknownMethod",
  unknownObject: "org.freedesktop.DBus.Error.UnknownObject",
  unknownInterface: "org.freedesktop.DBus.Error.UnknownInterface",
  unknownProperty: "org.freedesktop.DBus.Error.UnknownProperty",
  propertyReadOnly: "org.freedesktop.DBus.Error.PropertyReadOnly",
  invalidArgs: "org.freedesktop.DBus.Error.InvalidArgs",
  noReply: "org.freedesktop.DBus.Error.NoReply",
  disconnected: "org.freedesktop.DBus.Error.Disconnected",
  noServer: "org.freedesktop.DBus.Error.NoServer",
  nameHasNoOwner: "org.freedesktop.DBus.Error.NameHasNoOwner",
  serviceUnknown: "org.freedesktop.DBus.Error.ServiceUnknown",
} as const;

/** An error of D-Bus: received from the peer, or to be sent to it. */
export class BusError extends Error {
  /** The error's name on the bus: `org.fedorahosted.certmonger.duplicate`. */
  override readonly name: string;

  constructor(name: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}
