import { makeIpaHelper } from "../../../../helpers/ipa/helper.ts";
import { NetworkError } from "../../../../src/http/network-error.ts";
import { KerberosError } from "../../../../src/kerberos/error.ts";
import { runHelper } from "../../../../src/sdk/run-helper.ts";
import { fakeKerberos } from "../../../../src/testing/servers/fake-kerberos.ts";

/** `ipa-submit` on a machine without a KDC and a directory. */
const directory = process.env.TEST_MACHINE ?? "";
const kerberosCode = Number(process.env.TEST_KERBEROS_CODE ?? 0);
const kerberos = fakeKerberos("host/client.example.test@EXAMPLE.TEST");

await runHelper(
  makeIpaHelper({
    ipaConfigFile: `${directory}/default.conf`,
    ipaCaFile: `${directory}/ca.crt`,
    async loadKerberos() {
      if (kerberosCode === 0) return kerberos;
      const refuse = async () => {
        throw new KerberosError("ticket", kerberosCode, "no ticket for host/client.example.test", "refused");
      };
      return { ...kerberos, ticketFromKeytab: refuse, defaultTicket: refuse };
    },
    hideMemory: async () => {},
    async openDirectory({ url }) {
      throw new NetworkError("connect", url.host, "ECONNREFUSED", "refused");
    },
    resolveSrv: async () => [],
  }),
);
