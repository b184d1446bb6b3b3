/** The kinds of refusal; each is an error name on D-Bus: `org.fedorahosted.certmonger.KIND`. */
export type DaemonErrorKind = "missing_arg" | "bad_arg" | "duplicate" | "no_such_entry" | "internal";

/** What a caller asked for can not be done; the message is certmonger's own text, for the administrator. */
export class DaemonError extends Error {
  override readonly name = "DaemonError";
  readonly kind: DaemonErrorKind;

  constructor(kind: DaemonErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
