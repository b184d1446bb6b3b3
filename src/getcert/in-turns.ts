/** Neither side has to wait for the other, and the daemon keeps few answers that nobody has read yet. */
const atOnce = 32;

/**
 * Does something with each item, several at once, and gives the results in the order of the items.
 *
 * For questions to the daemon about each of thousands of requests: asked all at once, their answers would take what memory
 * there is (ours hangs up on who leaves 16 MiB unread), and the last ones would not come before their time is over.
 */
export async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  // One iterator for all of them: each takes the next item that nobody has taken.
  const entries = items.entries();
  const takeTurns = async (): Promise<void> => {
    for (const [index, item] of entries) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, takeTurns));
  return results;
}
