import { type Clock, ManualClock } from "./clock.ts";
import { openDaemon } from "./daemon.ts";
import type { Daemon, TrackedCa, TrackedRequest } from "./interface.ts";
import type { DaemonOptions } from "./options.ts";

/** A CA by the command that talks to it. */
export interface CaWish {
  readonly nickname: string;
  /** The helper and its arguments, as for `getcert add-ca -e`. */
  readonly helper: string;
}

/** A certificate, in the words of a test; everything else is what `getcert request` would take for granted. */
export interface CertificateWish {
  /** Nickname of the CA. */
  readonly ca: string;
  readonly id?: string;
  readonly subject?: string;
  readonly hostnames?: readonly string[];
  readonly emails?: readonly string[];
  readonly principals?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly profile?: string;
  readonly issuer?: string;
  readonly keyType?: "RSA" | "EC";
  readonly keyBits?: number;
  readonly keyFile: string;
  readonly certificateFile: string;
  readonly pinFile?: string;
  /** Where the CA's roots go. */
  readonly rootsFile?: string;
  /** Where the chain goes. */
  readonly chainFile?: string;
  readonly preSave?: string;
  readonly postSave?: string;
  /** Renew by itself when the time has come; default true. */
  readonly renews?: boolean;
}

/** A daemon of one's own, for a test. */
export interface OwnDaemon<C extends Clock = Clock> {
  readonly clock: C;
  /** The daemon itself, with everything that D-Bus can do. */
  readonly daemon: Daemon;
  /** Adds a CA, and waits until it has answered its eight questions. @throws {DaemonError} */
  addCa(wish: CaWish): Promise<TrackedCa>;
  /** Asks for a certificate; does not wait for it. @throws {DaemonError} */
  request(wish: CertificateWish): Promise<TrackedRequest>;
  stop(): Promise<void>;
}

/**
 * Starts a daemon in a directory of its own, with notifications turned off.
 *
 * @throws {FileError} `BUSY` when another daemon has this directory
 */
export async function startDaemon<C extends Clock = ManualClock>(
  options: Omit<DaemonOptions, "clock"> & { readonly clock?: C },
): Promise<OwnDaemon<C>>;
export async function startDaemon({
  clock = new ManualClock(),
  ...options
}: DaemonOptions): Promise<OwnDaemon> {
  const daemon = await openDaemon({
    configuration: "[defaults]\nnotification_method = none\n",
    ...options,
    clock,
  });
  return {
    clock,
    daemon,
    addCa: async ({ nickname, helper }) => {
      const ca = await daemon.addCa({ id: nickname, ca_external_helper: helper });
      await ca.settles();
      return ca;
    },
    request: async (wish) => await daemon.addRequest(recordOf(wish)),
    stop: async () => await daemon.stop(),
  };
}

function recordOf(wish: CertificateWish) {
  return {
    id: wish.id,
    ca_name: wish.ca,
    template_subject: wish.subject ?? `CN=${wish.hostnames?.[0] ?? "test"}`,
    template_hostname: wish.hostnames,
    template_email: wish.emails,
    template_principal: wish.principals,
    template_ipaddress: wish.ipAddresses,
    template_profile: wish.profile,
    template_issuer: wish.issuer,
    template_eku: "id-kp-serverAuth",
    key_gen_type: wish.keyType,
    key_gen_size: wish.keyBits,
    key_storage_type: "FILE",
    key_storage_location: wish.keyFile,
    key_pin_file: wish.pinFile,
    cert_storage_type: "FILE",
    cert_storage_location: wish.certificateFile,
    root_cert_files: wish.rootsFile === undefined ? undefined : [wish.rootsFile],
    other_cert_files: wish.chainFile === undefined ? undefined : [wish.chainFile],
    pre_certsave_command: wish.preSave,
    post_certsave_command: wish.postSave,
    autorenew: wish.renews ?? true,
  };
}
