// Runs the bundle once, as the helper that is named, and saves the functions that V8 compiled on the way.
// node --random-seed=1 train.cjs BUNDLE CACHE NAME ARGUMENT...      CACHE: read if it is there, then replaced
"use strict";
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const { dirname, join, resolve } = require("node:path");
const { setFlagsFromString } = require("node:v8");
const { Script } = require("node:vm");

// What V8 does behind the back of a program leaves traces in the cache, another one each time: it compiles
// functions for speed, and forgets the bytecode of those that rest.
const restless = ["sparkplug", "maglev", "opt", "flush-bytecode"];

const [bundle, cache, calledAs, ...helperArguments] = process.argv.slice(2);
const cachePath = resolve(cache);
const script = new Script(readFileSync(bundle, "latin1"), {
  filename: "certmonger-helper.cjs",
  cachedData: existsSync(cachePath) ? readFileSync(cachePath) : undefined,
});
if (script.cachedDataRejected) throw new Error("V8 does not take the code cache that it made");

if (process.env.TRAINING_TOKEN !== undefined) require("./training-kerberos.cjs");
for (const flag of restless) setFlagsFromString(`--no-${flag}`);
process.argv = [process.execPath, calledAs, ...helperArguments];
process.on("exit", () => {
  // A cache names the flags it was made under and is good only under the same ones.
  for (const flag of restless) setFlagsFromString(`--${flag}`);
  writeFileSync(cachePath, script.createCachedData());
});
// As if it were the executable, beside which it looks for koffi's addon.
const directory = dirname(resolve(bundle));
script.runInThisContext()(exports, require, module, join(directory, "certmonger-helper"), directory);
