/**
 * A process that uses a lock, for lock.test.ts.
 *
 *   count LOCK COUNTER ROUNDS   adds to a counter in a file in separate, interruptible steps
 *   hold LOCK                   says "locked" and keeps the lock until it is killed
 */
import { readFile, writeFile } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import { withLock } from "../../src/files/lock.ts";

const [action, lock = "", counter = "", rounds = "0"] = process.argv.slice(2);

if (action === "hold") {
  await withLock(lock, { deadlineMs: 10_000 }, async () => {
    process.stdout.write("locked\n");
    setInterval(() => {}, 60_000);
    await new Promise(() => {});
  });
} else {
  for (let round = 0; round < Number(rounds); round++) {
    await withLock(lock, { deadlineMs: 60_000 }, async () => {
      const count = Number(await readFile(counter, "utf8"));
      await nextTurn();
      await writeFile(counter, String(count + 1));
    });
  }
}
