import { own, ownInterface } from "../bus/own.ts";
import { asDictionary, asNumber, type BusValue } from "../bus/values.ts";
import type { Client } from "./client.ts";
import type { Surroundings } from "./terminal.ts";

// What only our daemon tells; certmonger has no such object, and then there is an answer without it.

/** When requests go on, by their paths; those that do not wait for a time are left out. */
export async function nextTimes(client: Client): Promise<ReadonlyMap<string, Date>> {
  const answer = asDictionary(await ask(client, "next_times"));
  return new Map(
    [...(answer ?? [])].flatMap(([path, value]): [string, Date][] => {
      const seconds = asNumber(value);
      return seconds === undefined ? [] : [[path, new Date(seconds * 1000)]];
    }),
  );
}

/** The daemon's time, which is another one than the computer's when its clock is moved by hand. */
export async function daemonTime(client: Client, { now }: Surroundings): Promise<Date> {
  const seconds = asNumber(await ask(client, "now"));
  return seconds === undefined ? now() : new Date(seconds * 1000);
}

async function ask(client: Client, member: string): Promise<BusValue | undefined> {
  try {
    const destination = "org.fedorahosted.certmonger";
    const call = { destination, path: own.path, interface: ownInterface.name, member };
    return (await client.connection.call(call, 1000))[0];
  } catch {
    return undefined;
  }
}
