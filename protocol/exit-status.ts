/**
 * The exit statuses of a helper, by what they mean.
 *
 * @see certmonger 0.79.21 src/submit-e.h, CM_SUBMIT_STATUS_*
 */
export const ExitStatus = {
  /** SUBMIT, POLL: the certificate is on stdout. Queries: the answer is on stdout. */
  issued: 0,
  /** Ask again after certmonger's own delay; stdout is the cookie, which must not be empty. */
  wait: 1,
  /** The CA said no; stdout is the reason. */
  rejected: 2,
  /** The CA could not be asked; stdout is the reason; certmonger asks again by itself. */
  unreachable: 3,
  /** The helper lacks configuration; stdout says which. A person has to act. */
  unconfigured: 4,
  /** Ask again after the seconds on the first line of stdout; the rest is the cookie. */
  waitWithDelay: 5,
  /** This helper does not know the operation. Never an answer to SUBMIT or POLL. */
  unsupported: 6,
  /** The helper needs fresh SCEP messages in its environment. */
  needScepMessages: 16,
  /** The CA wants another key pair. */
  needRekey: 17,
} as const;

export type ExitStatusName = keyof typeof ExitStatus;
export type ExitStatus = (typeof ExitStatus)[ExitStatusName];

/** The name of a known exit status; `undefined` for every other number (certmonger then waits for a person). */
export function exitStatusName(status: number): ExitStatusName | undefined {
  const names = Object.keys(ExitStatus) as ExitStatusName[];
  return names.find((name) => ExitStatus[name] === status);
}
