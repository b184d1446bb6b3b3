import { certmonger } from "../../bus/certmonger.ts";
import type { BusObject, ObjectTree } from "../../bus/objects.ts";
import { own } from "../../bus/own.ts";
import type { Daemon } from "../interface.ts";
import { caObject } from "./ca-object.ts";
import { managerObject } from "./manager-object.ts";
import { ownObject } from "./own-object.ts";
import { caAt, caName, requestAt, requestName } from "./paths.ts";
import { requestObject } from "./request-object.ts";

/** The daemon's objects by path, as they are at this moment. */
export function objectTree(daemon: Daemon): ObjectTree {
  const fixed: Readonly<Record<string, () => BusObject>> = {
    "/": () => ({ implementations: [], children: ["org"] }),
    "/org": () => ({ implementations: [], children: ["fedorahosted"] }),
    "/org/fedorahosted": () => ({ implementations: [], children: ["certmonger"] }),
    [certmonger.path]: () => ({
      implementations: [managerObject(daemon)],
      children: ["requests", "cas"],
    }),
    [certmonger.requests]: () => ({ implementations: [], children: daemon.requests.map(requestName) }),
    [certmonger.cas]: () => ({ implementations: [], children: daemon.cas.map(caName) }),
    [own.path]: () => ({ implementations: [ownObject(daemon)], children: [] }),
  };
  return (path) => {
    if (Object.hasOwn(fixed, path)) return fixed[path]?.();
    const request = requestAt(daemon, path);
    if (request !== undefined) {
      return { implementations: [requestObject(daemon, request)], children: [] };
    }
    const ca = caAt(daemon, path);
    return ca && { implementations: [caObject(ca)], children: [] };
  };
}
