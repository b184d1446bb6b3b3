#!/usr/bin/env node
import { defineHelper, issued, rejected, runHelper } from "certmonger-helper";
import { sign } from "./my-ca.ts";

const helper = defineHelper({
  name: "my-ca-submit",
  version: "1.0.0",
  options: { url: { type: "string", demandOption: true, describe: "URL of the signing service" } },
  async submit(request, { options, signal }) {
    if (request.profile === "ca") return rejected("this CA certifies no other CAs");
    const { certificate, chain } = await sign(options.url, request.csr, signal);
    return issued({ certificate, chain });
  },
});
await runHelper(helper);
