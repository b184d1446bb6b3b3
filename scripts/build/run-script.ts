/**
 * Runs the work of a script. What goes wrong is told in one line, `build: the sources do not compile`, and makes the
 * exit status 1; only for a mistake in the scripts themselves (a TypeError, say) there is its stack.
 */
export async function runScript(name: string, work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    process.exitCode = 1;
    const isForeseen = error instanceof Error && error.constructor === Error;
    console.error(`${name}: ${isForeseen ? error.message.split("\n", 1)[0] : describe(error)}`);
  }
}

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
