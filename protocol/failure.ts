/** Why an enrollment did not go on: the three statuses that carry a message for the administrator. */
export type FailureStatus = "rejected" | "unreachable" | "unconfigured";

/**
 * Thrown where a helper learns that it can not go on; becomes the reply with that status.
 *
 * The message is one line for the administrator: lower case, no full stop, names the thing and, where
 * there is one, the remedy. certmonger shows its first line as `ca-error`.
 */
export class HelperFailure extends Error {
  override readonly name = "HelperFailure";
  readonly status: FailureStatus;

  constructor(status: FailureStatus, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** Text from the other side that is not what the protocol allows. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}
