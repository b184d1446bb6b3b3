import { existsSync } from "node:fs";
import { getRawAsset, isSea } from "node:sea";
import { fileURLToPath } from "node:url";
import type * as Koffi from "koffi";
import { HelperFailure } from "../../protocol/index.ts";
import { openExtracted } from "./extracted-file.ts";

/** The part of koffi that is used here: it calls functions of C libraries without a compiler. */
export type Ffi = Pick<
  typeof Koffi,
  | "alloc"
  | "array"
  | "decode"
  | "encode"
  | "free"
  | "inout"
  | "load"
  | "out"
  | "pointer"
  | "sizeof"
  | "struct"
>;

/** An address in C's memory; `null` is C's null pointer. */
export type Pointer = bigint | null;

export const addonName = "koffi.node";

/** Where an addon that is part of the executable is written for the moment of opening it; each may be `noexec`. */
const extractionDirectories = (): string[] => [
  ...new Set([
    "/run",
    process.getBuiltinModule("node:os").tmpdir(),
    "/dev/shm",
    "/var/lib/certmonger-helper",
  ]),
];

let loaded: Ffi | undefined;

/**
 * koffi, opened on first use: from the file beside this program, from within the executable, or from its npm
 * package.
 *
 * @throws {HelperFailure} `unconfigured` when none of them can be opened
 */
export function ffi(): Ffi {
  loaded ??= openAddon();
  return loaded;
}

function openAddon(): Ffi {
  // In the executable and in the bundle, `import.meta.url` is the file that was started.
  const beside = fileURLToPath(new URL(addonName, import.meta.url));
  if (existsSync(beside)) return explaining(() => open(beside), `${beside} can not be loaded`);
  if (isSea()) {
    const remedy = `put ${addonName} beside the executable, or allow programs in one of these directories`;
    return explaining(
      () => openExtracted(addonName, packedAddon(), extractionDirectories(), open),
      `the part for Kerberos can not be loaded (${remedy})`,
    );
  }
  return explaining(
    openFromPackage,
    `${addonName} can not be loaded: install the npm package koffi, or put it in ${beside}`,
  );
}

/** The addon that `npm run package` put into the executable. */
function packedAddon(): Uint8Array {
  // Loaded here, not above: mostly the addon lies beside the program, and needs no unpacking.
  const { brotliDecompressSync } = process.getBuiltinModule("node:zlib");
  return brotliDecompressSync(new Uint8Array(getRawAsset(addonName)));
}

/** koffi keeps one file for each CPU and C library in packages that its own package depends on. */
function openFromPackage(): Ffi {
  const { createRequire } = process.getBuiltinModule("node:module");
  const koffi = createRequire(createRequire(import.meta.url).resolve("koffi"));
  const cpu = process.arch;
  const ofLibc = (libc: "linux" | "musl") =>
    koffi.resolve(`@koromix/koffi-linux-${cpu}/${libc}_${cpu}/${addonName}`);
  try {
    return open(ofLibc("linux"));
  } catch (error) {
    try {
      return open(ofLibc("musl"));
    } catch {
      // The first reason is the better one, but on a system with musl, where this succeeds.
      throw error;
    }
  }
}

/** RTLD_NOW and RTLD_DEEPBIND of Linux's dlfcn.h; `node:os` takes 0.2 ms to say so. musl does not know the second. */
const bindNow = 2;
const bindDeep = 8;

/**
 * Opens the addon without koffi's own loader, which looks for it in `node_modules` only and takes 5 ms more
 * (measured).
 *
 * RTLD_DEEPBIND: Node exports the symbols of its own OpenSSL, and what is loaded here must not use them.
 */
function open(path: string): Ffi {
  const addon: { exports: Partial<Ffi> } = { exports: {} };
  process.dlopen(addon, path, bindNow | bindDeep);
  const { alloc, array, decode, encode, free, inout, load, out, pointer, sizeof, struct } = addon.exports;
  if (!(alloc && array && decode && encode && free && inout && load && out && pointer && sizeof && struct)) {
    throw new Error(`${path} is not koffi`);
  }
  return { alloc, array, decode, encode, free, inout, load, out, pointer, sizeof, struct };
}

function explaining<T>(work: () => T, what: string): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof HelperFailure) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new HelperFailure("unconfigured", `${what}: ${reason.replace(/\s+/g, " ").trim()}`, {
      cause: error,
    });
  }
}

/**
 * Opens one of the system's libraries, bound to the libraries that it was built for: on Fedora, libk5crypto uses
 * OpenSSL, and would otherwise be given Node's.
 *
 * @throws {HelperFailure} `unconfigured`, naming the packages that bring it
 */
export function openLibrary(name: string, packages: string): Koffi.LibraryHandle {
  return explaining(() => ffi().load(name, { deep: true }), `install ${packages}: ${name} can not be loaded`);
}

/** The functions of this process itself, libc's among them. */
export function ownSymbols(): Koffi.LibraryHandle {
  return ffi().load(null);
}
