// The main script of the single executable: runs the bundle of the helper that it was called as, with the code cache
// that was made for it. Any of them finds the commands for people.
"use strict";
const { getRawAsset } = require("node:sea");
const { Script } = require("node:vm");

// One asset, in which everything is aligned: see scripts/build/executable.ts.
const places = { PLACES: [0, 0] };
const packed = getRawAsset("packed");
const asset = (name) => Buffer.from(packed, ...places[name]);
const unpacked = (name) =>
  name in places ? asset(name) : require("node:zlib").brotliDecompressSync(asset(`${name}.br`));

// A cache that V8 does not take only costs time; scripts/build/code-cache.ts sees to it that it does.
function run(code, cachedData) {
  const bundle = { exports: {} };
  const script = new Script(code.toString("latin1"), { filename: "certmonger-helper.cjs", cachedData });
  script.runInThisContext()(bundle.exports, requireFromBundle, bundle, __filename, __dirname);
  return bundle.exports;
}

// Node's own modules, and what scripts/build/bundle.ts keeps apart, which is unpacked when something asks for it.
const modules = new Map();
const apart = new Map();
function requireFromBundle(name) {
  if (!modules.has(name)) modules.set(name, name.startsWith("apart:") ? requireApart(name) : require(name));
  return modules.get(name);
}
function requireApart(name) {
  const [, part, specifier] = /^apart:([^:]*):(.*)$/.exec(name);
  if (!apart.has(part)) apart.set(part, run(unpacked(part)));
  return apart.get(part)[specifier]();
}

if (process.argv.length === 3 && process.argv[2] === "--licenses") {
  // A pager that is closed early is no error.
  process.stdout.on("error", () => {}).end(unpacked("licenses"));
} else {
  const helpers = ["HELPER NAMES"];
  const called = process.argv[1].slice(process.argv[1].lastIndexOf("/") + 1);
  const name = [called, process.argv[2]].find((name) => helpers.includes(name)) ?? helpers[0];
  run(asset(name), asset(`${name}.cache`));
}
