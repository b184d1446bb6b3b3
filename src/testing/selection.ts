import { type Check, groups } from "./checks/check.ts";

/** A name given to --only or --skip that is neither a group nor a check. */
export class SelectionError extends Error {
  override readonly name = "SelectionError";
}

/**
 * The checks that `only` names (all, when it is empty) and `skip` does not. A name is a group (`poll`) or the id of a
 * check (`poll.status`).
 *
 * @throws {SelectionError} for a name that is neither
 */
export function select(
  checks: readonly Check[],
  only: readonly string[],
  skip: readonly string[],
): ReadonlySet<Check> {
  for (const name of [...only, ...skip]) {
    if (!checks.some((check) => isNamed(check, name))) {
      throw new SelectionError(
        `there is no check or group ${JSON.stringify(name)}: the groups are ${Object.keys(groups).join(", ")}`,
      );
    }
  }
  return new Set(
    checks.filter(
      (check) =>
        (only.length === 0 || only.some((name) => isNamed(check, name))) &&
        !skip.some((name) => isNamed(check, name)),
    ),
  );
}

function isNamed({ id }: Check, name: string): boolean {
  return id === name || id.startsWith(`${name}.`);
}
