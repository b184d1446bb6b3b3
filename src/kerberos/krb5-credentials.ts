import { ffi, type Pointer } from "./native.ts";

/** What is read of a ticket. */
export interface TicketFacts {
  readonly isForwardable: boolean;
  readonly expires: Date;
}

/** TKT_FLG_FORWARDABLE of krb5.h (RFC 4120 section 2.6). */
const forwardableFlag = 0x4000_0000;

let layout: ReturnType<typeof describeLayout> | undefined;

/** `krb5_creds` of krb5.h, whose fields are part of libkrb5's stable interface. */
function describeLayout() {
  const { pointer, struct } = ffi();
  const address = pointer("void");
  const data = struct({ magic: "int32_t", length: "uint32_t", data: address });
  return struct({
    magic: "int32_t",
    client: address,
    server: address,
    key: struct({ magic: "int32_t", encryptionType: "int32_t", length: "uint32_t", contents: address }),
    authTime: "int32_t",
    startTime: "int32_t",
    endTime: "int32_t",
    renewTill: "int32_t",
    isUserToUser: "uint32_t",
    flags: "int32_t",
    addresses: address,
    ticket: data,
    secondTicket: data,
    authorizationData: address,
  });
}

/** Empty credentials in C's memory, for libkrb5 to fill; whoever allocates them frees them. */
export function allocateCredentials(): Pointer {
  layout ??= describeLayout();
  const { alloc, encode, sizeof } = ffi();
  const size = sizeof(layout);
  const credentials: Pointer = alloc("uint8_t", size);
  encode(credentials, "uint8_t", new Uint8Array(size), size);
  return credentials;
}

/** Says whose credentials for which server are looked for; the names still belong to the caller. */
export function setParties(credentials: Pointer, client: Pointer, server: Pointer): void {
  layout ??= describeLayout();
  const { encode } = ffi();
  const { client: clientField, server: serverField } = layout.members ?? {};
  if (clientField === undefined || serverField === undefined)
    throw new Error("krb5_creds without its fields");
  encode(credentials, clientField.offset, clientField.type, client);
  encode(credentials, serverField.offset, serverField.type, server);
}

export function readCredentials(credentials: Pointer): TicketFacts {
  layout ??= describeLayout();
  const { flags, endTime }: { flags: number; endTime: number } = ffi().decode(credentials, layout);
  // Seconds since 1970 as 32 bits without a sign, so that they last until 2106 (MIT krb5's ts_incr).
  return { isForwardable: (flags & forwardableFlag) !== 0, expires: new Date((endTime >>> 0) * 1000) };
}
