/** From when to when a certificate is valid. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** What is to be done with the CAs that are there. */
export type Choice<T> =
  | { readonly action: "use"; readonly generation: T }
  /** A new CA is due; until it is there, `meanwhile` still works. */
  | { readonly action: "make"; readonly meanwhile: T | undefined }
  /** Every CA begins in the future, so it must be the clock that is wrong. */
  | { readonly action: "wait-for-clock"; readonly begins: Date };

/**
 * Chooses among the generations of a CA, oldest first: the newest one that is valid now, unless half of its
 * time is over. A generation that begins in the future is passed over: it was made while the clock was wrong.
 */
export function chooseGeneration<T extends { readonly certificate: Validity }>(
  generations: readonly T[],
  now: Date,
): Choice<T> {
  const isOver = ({ certificate }: T) => certificate.notAfter <= now;
  const begins = generations.map(({ certificate }) => certificate.notBefore);
  const newest = generations.findLast((one) => one.certificate.notBefore <= now && !isOver(one));
  if (newest !== undefined) {
    return now < middleOf(newest.certificate)
      ? { action: "use", generation: newest }
      : { action: "make", meanwhile: newest };
  }
  const [first] = begins.sort((one, other) => one.getTime() - other.getTime());
  return first === undefined || generations.some(isOver)
    ? { action: "make", meanwhile: undefined }
    : { action: "wait-for-clock", begins: first };
}

/** The moment at which half of the validity is over. */
export function middleOf({ notBefore, notAfter }: Validity): Date {
  return new Date((notBefore.getTime() + notAfter.getTime()) / 2);
}
