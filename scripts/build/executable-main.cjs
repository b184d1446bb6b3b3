// The main script of the single executable: runs the bundle with the code cache that was made for it.
"use strict";
const { getRawAsset } = require("node:sea");
const { Script } = require("node:vm");

const asset = (name) => Buffer.from(getRawAsset(name));

if (process.argv.length === 3 && process.argv[2] === "--licenses") {
  // A pager that is closed early is no error.
  process.stdout.on("error", () => {}).end(require("node:zlib").gunzipSync(asset("licenses")));
} else {
  // A cache that V8 does not take only costs time; scripts/build/code-cache.ts sees to it that it does.
  const script = new Script(asset("bundle").toString("latin1"), {
    filename: "certmonger-helper.cjs",
    cachedData: asset("cache"),
  });
  script.runInThisContext()(exports, require, module, __filename, __dirname);
}
