import { inBackground, type NativeFunction } from "./background.ts";
import { ffi, ownSymbols, type Pointer } from "./native.ts";

/** netdb.h, the same in every libc of Linux. */
const numericHost = 1;
const stream = 1;
const longestAddress = 64;

/**
 * The address of a host that has only one, as the system finds it (getaddrinfo); undefined for every other, and for one
 * that is not found: Node then does its own search, and says what is wrong.
 *
 * `dns.lookup` does the same, and first asks `net.isIP`, whose regular expression V8 takes 6 ms to make fast.
 */
export async function onlyAddressOf(host: string): Promise<string | undefined> {
  const { getaddrinfo, freeaddrinfo, getnameinfo, entry, size } = bind();
  const { alloc, decode, encode, free } = ffi();
  const hints = alloc("uint8_t", size);
  encode(hints, entry, { ...noEntry, socketType: stream });
  const list: [Pointer] = [null];
  try {
    if ((await inBackground(getaddrinfo, host, null, hints, list)) !== 0) return undefined;
  } finally {
    free(hints);
  }
  try {
    const { address, addressLength, next }: AddressEntry = decode(list[0], entry);
    if (next !== null) return undefined;
    const text = Buffer.alloc(longestAddress);
    const code = getnameinfo(address, addressLength, text, text.length, null, 0, numericHost);
    return code === 0 ? text.toString("latin1", 0, text.indexOf(0)) : undefined;
  } finally {
    freeaddrinfo(list[0]);
  }
}

interface AddressEntry {
  readonly address: Pointer;
  readonly addressLength: number;
  readonly next: Pointer;
}

const noEntry = {
  flags: 0,
  family: 0,
  socketType: 0,
  protocol: 0,
  addressLength: 0,
  address: null,
  canonicalName: null,
  next: null,
};

let bound: ReturnType<typeof bindNew> | undefined;
const bind = () => (bound ??= bindNew());

function bindNew() {
  const { pointer, struct, sizeof } = ffi();
  const address = pointer("void");
  const entry = struct({
    flags: "int",
    family: "int",
    socketType: "int",
    protocol: "int",
    addressLength: "uint32_t",
    address,
    canonicalName: address,
    next: address,
  });
  const libc = ownSymbols();
  const getaddrinfo: NativeFunction<[string, string | null, Pointer, [Pointer]], number> = libc.func(
    "int getaddrinfo(const char *, const char *, void *, _Out_ void **)",
  );
  const getnameinfo: (
    address: Pointer,
    length: number,
    host: Uint8Array,
    hostLength: number,
    service: null,
    serviceLength: number,
    flags: number,
  ) => number = libc.func(
    "int getnameinfo(void *, uint32_t, _Out_ uint8_t *, uint32_t, void *, uint32_t, int)",
  );
  const freeaddrinfo: (list: Pointer) => void = libc.func("void freeaddrinfo(void *)");
  return { getaddrinfo, getnameinfo, freeaddrinfo, entry, size: sizeof(entry) };
}
