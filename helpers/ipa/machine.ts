import type { Kerberos } from "../../src/kerberos/kerberos.ts";
import type { LdapConnection, LdapOptions } from "./ldap.ts";
import type { SrvRecord } from "./srv-order.ts";

/** What the helper uses of the machine that it runs on; a test hands in another one. */
export interface Machine {
  /** Where the IPA client's configuration is, and the certificate of its CA. */
  readonly ipaConfigFile: string;
  readonly ipaCaFile: string;
  loadKerberos(): Promise<Kerberos>;
  /** From here on this process has secrets in its memory. */
  hideMemory(): Promise<void>;
  openDirectory(options: LdapOptions): Promise<LdapConnection>;
  resolveSrv(name: string): Promise<readonly SrvRecord[]>;
  /** The address of a host that has only one, as the system finds it; where it is absent, Node looks for all. */
  onlyAddressOf?(host: string): Promise<string | undefined>;
}

/** Nothing is loaded before it is used. */
export const thisMachine: Machine = {
  ipaConfigFile: "/etc/ipa/default.conf",
  ipaCaFile: "/etc/ipa/ca.crt",
  async loadKerberos() {
    const [{ endHastily }, { systemKerberos }] = await Promise.all([
      import("../../src/kerberos/background.ts"),
      import("../../src/kerberos/system.ts"),
    ]);
    endHastily();
    return systemKerberos;
  },
  async hideMemory() {
    const { leaveNoCoreDump } = await import("../../src/kerberos/core-dumps.ts");
    leaveNoCoreDump();
  },
  async openDirectory(options) {
    const { connectLdap } = await import("./ldap.ts");
    return await connectLdap(options);
  },
  async resolveSrv(name) {
    const { Resolver } = await import("node:dns/promises");
    return await new Resolver({ timeout: 2_000, tries: 2 }).resolveSrv(name);
  },
  async onlyAddressOf(host) {
    const { onlyAddressOf } = await import("../../src/kerberos/address.ts");
    return await onlyAddressOf(host);
  },
};
