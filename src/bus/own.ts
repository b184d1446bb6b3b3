import { defineInterface, method } from "./interface.ts";

/**
 * What our daemon offers beside certmonger's objects, which stay as they are in certmonger: an object of its
 * own, that no client of certmonger looks for.
 */
export const own = { path: "/org/certmonger_helper" } as const;

export const ownInterface = defineInterface("org.certmonger_helper.daemon", [
  /** The daemon's time, seconds since 1970; with a manual clock it stands still. */
  method("now", {}, { time: "x" }),
  /** Moves a manual clock on, and answers when all that fell due is done. */
  method("advance", { seconds: "x" }, { time: "x" }),
  /** Path of a request → when it goes on by itself; those that do not wait for a time are left out. */
  method("next_times", {}, { times: "a{ox}" }),
]);
