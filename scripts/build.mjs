#!/usr/bin/env node
// npm run build: the library below dist/, compiled and looked over as those who install it will see it.
import { buildLibrary, packageFaults } from "./build/library.ts";
import { runScript } from "./build/run-script.ts";

await runScript("build", async () => {
  buildLibrary();
  const faults = await packageFaults();
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
});
