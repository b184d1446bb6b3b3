import { execFileSync } from "node:child_process";
import { copyFileSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { BaseNode } from "./project.ts";

/** The name under which `src/kerberos/native.ts` looks for it, beside the program and within it. */
export const koffiAddonName = "koffi.node";

/** koffi's npm package, whose licence goes with its addon: only the addon is used, so no bundle names it. */
export const koffiDirectory = "node_modules/koffi";

/**
 * The native part of koffi for the CPU of the Node that goes into the executable (glibc). It calls the system's
 * Kerberos libraries; npm installs the one for the machine's own CPU.
 *
 * @throws {Error} when npm has not installed it: for another CPU, `npm install --cpu=arm64 --os=linux`
 */
export function koffiAddon(node: BaseNode): string {
  const cpu = execFileSync(node.path, ["--print", "process.arch"], { env: {}, encoding: "utf8" }).trim();
  const koffi = createRequire(createRequire(import.meta.url).resolve("koffi"));
  return koffi.resolve(`@koromix/koffi-linux-${cpu}/linux_${cpu}/${koffiAddonName}`);
}

/**
 * Puts it beside an executable, where no directory without `noexec` is needed to open it. Renamed into its place: a
 * program that has the old one open would crash when that is overwritten.
 */
export function placeKoffiAddon(node: BaseNode, directory: string): void {
  const beside = join(directory, `${koffiAddonName}.${process.pid}`);
  copyFileSync(koffiAddon(node), beside);
  renameSync(beside, join(directory, koffiAddonName));
}
