#!/usr/bin/env node
// npm run bench: what the executable costs, each figure against a peer in the same run. `npm run bench -- --help`.
import { bench } from "./bench/bench.ts";

process.exitCode = await bench(process.argv.slice(2));
