#!/usr/bin/env node
// npm run build: the library below dist/, compiled and looked over as those who install it will see it.
import { buildLibrary, packageFaults } from "./build/library.ts";

buildLibrary();
const faults = await packageFaults();
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
