const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Does `work` with a signal that aborts on Ctrl-C, SIGTERM and SIGHUP, so that the work ends what it has started.
 *
 * @returns what `work` returned, or 128 + the signal's number when one came, as a shell reports it
 */
export async function interruptible(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const controller = new AbortController();
  let interruptedBy = 0;
  const handlers = Object.entries(signalNumbers).map(([name, number]) => {
    const handler = () => {
      interruptedBy = number;
      controller.abort(new Error(`interrupted by ${name}`));
    };
    process.on(name, handler);
    return () => process.off(name, handler);
  });
  try {
    const exitCode = await work(controller.signal);
    return interruptedBy === 0 ? exitCode : 128 + interruptedBy;
  } finally {
    for (const remove of handlers) {
      remove();
    }
  }
}
