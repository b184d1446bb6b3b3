#!/usr/bin/env node
// npm run bench: what the executable costs, each figure against a peer in the same run.
//   -- --pairs N   runs of each (40)      -- --check   status 1 when a bound is broken
//   -- --json      the figures as JSON    -- --write   put the figures into docs/performance.md
import { bench } from "./bench/bench.ts";

process.exitCode = await bench(process.argv.slice(2));
