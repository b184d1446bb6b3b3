import { hostname } from "node:os";
import { runGetcert } from "../getcert/getcert.ts";
import type { AnyCommand } from "./command.ts";
import { interruptible } from "./interrupt.ts";

/** getcert reads its own command line: letters, order and messages are certmonger's. */
export const command: AnyCommand = {
  name: "getcert",
  usage: "COMMAND [options]",
  describe:
    "Requests, lists and renews certificates; certmonger's own daemon understands it as well as ours.",
  options: {},
  epilogue: "certmonger-helper getcert COMMAND --help",
  run: async (argv) =>
    await interruptible((signal) =>
      runGetcert(argv, {
        print: (text) => process.stdout.write(text),
        environment: process.env,
        directory: process.cwd(),
        hostname: hostname(),
        now: () => new Date(),
        isTerminal: process.stdout.isTTY,
        columns: process.stdout.columns || 100,
        signal,
      }),
    ),
};
