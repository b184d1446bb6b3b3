#!/usr/bin/env node
// npm run package:pkg: the executable once more, dist/pkg/, made by @yao-pkg/pkg from the same bundle.
import { packageWithPkg } from "./build/package-pkg.ts";
import { runScript } from "./build/run-script.ts";

await runScript("package:pkg", async () => console.log(await packageWithPkg("dist")));
