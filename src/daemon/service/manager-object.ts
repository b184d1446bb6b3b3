import { certmonger, managerInterface } from "../../bus/certmonger.ts";
import { BusError } from "../../bus/error.ts";
import { type Implementation, implement, type Kind } from "../../bus/objects.ts";
import { asDictionary, asText, asTexts } from "../../bus/values.ts";
import type { Daemon } from "../interface.ts";
import { refusalsAsErrors } from "./encode.ts";
import { readParameters } from "./parameters.ts";
import { caAt, caPath, requestAt, requestPath } from "./paths.ts";

/** The object that adds, finds and removes requests and CAs. */
export function managerObject(daemon: Daemon): Implementation {
  return implement(managerKind, daemon);
}

export const managerKind: Kind<Daemon> = {
  definition: managerInterface,
  methods: {
    add_known_ca: async (daemon, [nickname, command, issuers]) => {
      const id = asText(nickname) ?? "";
      const names = asTexts(issuers) ?? [];
      const ca = await refusalsAsErrors(() =>
        daemon.addCa({
          id,
          ca_type: "EXTERNAL",
          ca_external_helper: asText(command),
          ...(names.length > 0 && { ca_issuer_names: names }),
        }),
      );
      return [true, caPath(ca)];
    },
    add_request: async (daemon, [parameters], { uid }) => {
      const request = await refusalsAsErrors(async () => {
        const given = asDictionary(parameters) ?? new Map();
        return await daemon.addRequest(readParameters(given, { daemon, uid }, { isStrict: false }));
      });
      return [true, requestPath(request)];
    },
    find_ca_by_nickname: (daemon, [nickname]) => {
      const ca = daemon.findCa(asText(nickname) ?? "");
      return ca && [caPath(ca)];
    },
    find_request_by_nickname: (daemon, [nickname]) => {
      const request = daemon.findRequest(asText(nickname) ?? "");
      return request && [requestPath(request)];
    },
    get_known_cas: (daemon) => [daemon.cas.map(caPath)],
    get_requests: (daemon) => [daemon.requests.map(requestPath)],
    get_supported_key_types: () => [["RSA", "EC"]],
    get_supported_key_storage: () => [["NSSDB", "FILE"]],
    get_supported_cert_storage: () => [["NSSDB", "FILE"]],
    remove_known_ca: async (daemon, [path]) => {
      const ca = caAt(daemon, asText(path) ?? "");
      if (ca === undefined) throw noEntry();
      await refusalsAsErrors(() => daemon.removeCa(ca));
      return [true];
    },
    remove_request: async (daemon, [path]) => {
      const request = requestAt(daemon, asText(path) ?? "");
      if (request === undefined) throw noEntry();
      await refusalsAsErrors(() => daemon.removeRequest(request));
      return [true];
    },
  },
  properties: {},
};

const noEntry = () => new BusError(`${certmonger.name}.no_such_entry`, "No matching entry found.");
