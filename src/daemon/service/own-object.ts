import { BusError, ErrorName } from "../../bus/error.ts";
import { type Implementation, implement, type Kind } from "../../bus/objects.ts";
import { ownInterface } from "../../bus/own.ts";
import { asNumber } from "../../bus/values.ts";
import { ManualClock } from "../clock.ts";
import type { Daemon } from "../interface.ts";
import { seconds } from "./encode.ts";
import { requestPath } from "./paths.ts";

/** What our daemon offers beside certmonger's objects. */
export function ownObject(daemon: Daemon): Implementation {
  return implement(ownKind, daemon);
}

const ownKind: Kind<Daemon> = {
  definition: ownInterface,
  methods: {
    now: (daemon) => [seconds(daemon.clock.now())],
    advance: async (daemon, [by]) => {
      const { clock } = daemon;
      if (!(clock instanceof ManualClock)) {
        throw new BusError(
          ErrorName.failed,
          "the clock is the computer's: start the daemon with --clock manual",
        );
      }
      const distance = asNumber(by) ?? 0;
      if (distance < 0) throw new BusError(ErrorName.invalidArgs, "the clock goes forward only");
      await clock.advance({ seconds: distance });
      return [seconds(clock.now())];
    },
    next_times: (daemon) => {
      const waiting = daemon.requests.flatMap((request) =>
        request.next?.at === undefined ? [] : [[requestPath(request), seconds(request.next.at)] as const],
      );
      return [new Map(waiting)];
    },
  },
  properties: {},
};
