// Exit status 0 when node_modules holds what package-lock.json names, else 1. Runs on the machine's own Node.
//
// npm keeps a lockfile of what it installed in node_modules. Packages for other platforms are in
// package-lock.json only, marked optional.
import { existsSync, readFileSync } from "node:fs";

const packagesOf = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).packages : {});

const wanted = packagesOf("package-lock.json");
const installed = packagesOf("node_modules/.package-lock.json");

const isInPlace = ([path, { version, integrity, optional }]) => {
  const found = installed[path];
  if (found === undefined) return optional === true;
  return found.version === version && found.integrity === integrity && existsSync(path);
};
const dependencies = Object.entries(wanted).filter(([path]) => path !== "");
process.exitCode = existsSync("node_modules") && dependencies.every(isInPlace) ? 0 : 1;
