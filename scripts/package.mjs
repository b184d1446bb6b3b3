#!/usr/bin/env node
// npm run package: the executable with its links, the thin variant and the bundle, below dist/ or --out DIRECTORY.
import { parseArgs } from "node:util";
import { packageAll } from "./build/package.ts";
import { runScript } from "./build/run-script.ts";

await runScript("package", async () => {
  const { values } = parseArgs({
    options: { out: { type: "string", default: "dist" }, force: { type: "boolean" } },
  });
  console.log(await packageAll(values.out, values));
});
