import { describe, expect, it } from "vitest";
import { connectLdap } from "../../../helpers/ipa/ldap.ts";
import { LdapError, ldapFailure } from "../../../helpers/ipa/ldap-error.ts";
import { Frames, saslSize } from "../../../helpers/ipa/ldap-frames.ts";
import { NetworkError } from "../../../src/http/network-error.ts";
import { fakeSeal, fakeTicket } from "./support/fake-ticket.ts";
import {
  type Answer,
  bindRequest,
  reply,
  requestOf,
  searchRequest,
  startLdapServer,
} from "./support/ldap-server.ts";

const search = { base: "dc=x", scope: "subtree", filter: { present: "cn" }, attributes: ["cn"] } as const;

/** Accepts every bind, and leaves the rest to `onSearch`. */
const afterBind =
  (onSearch: Answer): Answer =>
  (request, socket) => {
    if (request.tag === bindRequest) socket.write(reply.bound(request.id, 0));
    if (request.tag === searchRequest) onSearch(request, socket);
  };

describe("an anonymous connection", () => {
  it("finds entries, in pieces of any size, and passes over references and strangers", async () => {
    await using server = await startLdapServer(
      afterBind(({ id }, socket) => {
        const bytes = Buffer.concat([
          reply.entry(id, "cn=a", { cn: ["a"] }),
          reply.reference(id),
          reply.entry(99, "cn=stranger", {}),
          reply.entry(id, "cn=b", { cn: ["b"] }),
          reply.done(id),
        ]);
        for (const octet of bytes) socket.write(Uint8Array.of(octet));
      }),
    );
    const trust = { certificates: [server.identity.caCertificate], withSystem: false };
    const connection = await connectLdap({ url: server.url, trust });
    expect((await connection.search(search)).map(({ dn }) => dn)).toEqual(["cn=a", "cn=b"]);
    expect((await connection.search(search)).length).toBe(2);
    connection.close();
  });

  it("is refused without TLS, before anything is sent", async () => {
    const requests: number[] = [];
    await using server = await startLdapServer(({ tag }) => requests.push(tag), { tls: false });
    await expect(connectLdap({ url: server.url })).rejects.toMatchObject({ code: "ERR_NOT_PROTECTED" });
    expect(requests).toEqual([]);
  });

  it("is refused for a URL of something else", async () => {
    const url = new URL("https://ipa.example.test/");
    await expect(connectLdap({ url, ticket: fakeTicket() })).rejects.toMatchObject({
      code: "ERR_INVALID_URL",
    });
  });

  it("checks the server's certificate", async () => {
    await using server = await startLdapServer(() => {});
    const trust = { certificates: [], withSystem: false };
    await expect(connectLdap({ url: server.url, trust })).rejects.toBeInstanceOf(NetworkError);
  });

  it.each([
    {
      code: 48,
      diagnostic: "Anonymous access is not allowed.",
      says: "anonymous access is not allowed (LDAP 48)",
    },
    {
      code: 53,
      diagnostic: "Minimum SSF not met.",
      says: "the server is unwilling (LDAP 53): Minimum SSF not met.",
    },
    { code: 90, diagnostic: "", says: "refused (LDAP 90)" },
  ])("that the server refuses with $code says so", async ({ code, diagnostic, says }) => {
    await using server = await startLdapServer(({ id }, socket) =>
      socket.write(reply.bound(id, code, undefined, diagnostic)),
    );
    const trust = { certificates: [server.identity.caCertificate], withSystem: false };
    const error: unknown = await connectLdap({ url: server.url, trust }).catch((thrown: unknown) => thrown);
    if (!(error instanceof LdapError)) throw new Error(`no LdapError: ${error}`);
    expect(error.code).toBe(code);
    expect(ldapFailure(error)).toMatchObject({ status: "unreachable" });
    expect(ldapFailure(error).message).toContain(says);
  });
});

describe("a server that misbehaves", () => {
  const cases: readonly { what: string; answer: Answer; error: object }[] = [
    { what: "never answers", answer: () => {}, error: { code: "ETIMEDOUT", phase: "reply" } },
    { what: "hangs up", answer: (_request, socket) => socket.destroy(), error: { code: "ECONNRESET" } },
    {
      what: "says goodbye",
      answer: (_request, socket) => socket.write(reply.goodbye("shutting down")),
      error: { name: "LdapError", code: 52 },
    },
    {
      what: "stops in the middle",
      answer: ({ id }, socket) => socket.end(reply.entry(id, "cn=a", {}).subarray(0, 6)),
      error: { code: "ECONNRESET" },
    },
    {
      what: "speaks HTTP",
      answer: (_request, socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n".padEnd(300)),
      error: { code: "ERR_NOT_LDAP" },
    },
    {
      what: "announces a huge message",
      answer: (_request, socket) => socket.write(Buffer.from("3084ffffffff", "hex")),
      error: { code: "ERR_NOT_LDAP" },
    },
  ];
  it.each(cases)("and $what ends the search with that", async ({ answer, error }) => {
    await using server = await startLdapServer(afterBind(answer));
    const trust = { certificates: [server.identity.caCertificate], withSystem: false };
    const connection = await connectLdap({ url: server.url, trust, replyTimeoutMs: 100 });
    await expect(connection.search(search)).rejects.toMatchObject(error);
    connection.close();
  });

  it("is not waited for when the signal aborts", async () => {
    await using server = await startLdapServer(afterBind(() => {}));
    const trust = { certificates: [server.identity.caCertificate], withSystem: false };
    const controller = new AbortController();
    const connection = await connectLdap({ url: server.url, trust, signal: controller.signal });
    const searching = connection.search(search);
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(searching).rejects.toBe(reason);
    await expect(connection.search(search)).rejects.toBe(reason);
    connection.close();
  });
});

/** The server's side of RFC 4752: `hello`, `prove`, the offer, the choice; then packets of `packetBytes` each. */
function saslServer(offer: number, chosen: string[], packetBytes = 1 << 16): Answer {
  let round = 0;
  let layer = 1;
  const packets = new Frames(saslSize);
  const seal = (bytes: Uint8Array) => {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += packetBytes) {
      const token = fakeSeal(bytes.subarray(at, at + packetBytes));
      const length = Buffer.alloc(4);
      length.writeUInt32BE(token.length);
      pieces.push(length, token);
    }
    return layer === 1 ? bytes : Buffer.concat(pieces);
  };
  const onSearch: Answer = ({ id }, socket) =>
    socket.write(seal(Buffer.concat([reply.entry(id, "cn=a", { cn: ["a"] }), reply.done(id)])));
  return ({ id, tag, parts }, socket) => {
    if (tag === searchRequest) return onSearch({ id, tag, parts }, socket);
    if (tag !== bindRequest) return;
    round++;
    const [, credentials] = parts[2]?.parts ?? [];
    if (round === 1) socket.write(reply.bound(id, 14, Buffer.from("prove")));
    if (round === 2) socket.write(reply.bound(id, 14, fakeSeal(Buffer.of(offer, 0, 0x10, 0))));
    if (round === 3) {
      const choice = fakeSeal(credentials?.content ?? Buffer.alloc(0));
      chosen.push(Buffer.from(choice).toString("hex"));
      layer = choice[0] ?? 1;
      socket.write(reply.bound(id, 0));
      if (layer === 1) return;
      socket.removeAllListeners("data");
      socket.on("data", (bytes: Buffer) => {
        packets.add(bytes);
        for (let packet = packets.take(); packet !== undefined; packet = packets.take()) {
          const request = requestOf(fakeSeal(packet.subarray(4)));
          if (request.tag === searchRequest) onSearch(request, socket);
        }
      });
    }
  };
}

describe("a connection with Kerberos", () => {
  it.each([
    { offered: "all layers", offer: 7, tls: false, choice: "04ffffff", sealed: "encrypted" },
    { offered: "all layers, with TLS", offer: 7, tls: true, choice: "04ffffff", sealed: "encrypted" },
    { offered: "integrity or none", offer: 3, tls: false, choice: "02ffffff", sealed: "signed" },
    { offered: "none, with TLS", offer: 1, tls: true, choice: "01000000", sealed: undefined },
  ])("takes the strongest layer of $offered", async ({ offer, tls, choice, sealed }) => {
    const chosen: string[] = [];
    const log: string[] = [];
    await using server = await startLdapServer(saslServer(offer, chosen), { tls });
    const trust = { certificates: [server.identity.caCertificate], withSystem: false };
    const connection = await connectLdap({ url: server.url, trust, ticket: fakeTicket(log) });
    expect((await connection.search(search)).map(({ dn }) => dn)).toEqual(["cn=a"]);
    connection.close();
    expect(chosen).toEqual([choice]);
    expect(log[0]).toBe("krb5 ldap@localhost");
    // The choice of the layer is signed, and never encrypted (RFC 4752 section 3.1).
    expect(log[1]).toBe("signed");
    expect(log.slice(2, -1).every((entry) => entry === sealed)).toBe(true);
    expect(log.at(-1)).toBe("released");
  });

  it("puts an answer together that the server splits into small packets", async () => {
    await using server = await startLdapServer(saslServer(4, [], 5), { tls: false });
    const connection = await connectLdap({ url: server.url, ticket: fakeTicket() });
    expect((await connection.search(search)).length).toBe(1);
    expect((await connection.search(search)).length).toBe(1);
    connection.close();
  });

  it("does not go on when neither a layer nor TLS protects what is read", async () => {
    const log: string[] = [];
    await using server = await startLdapServer(saslServer(1, []), { tls: false });
    await expect(connectLdap({ url: server.url, ticket: fakeTicket(log) })).rejects.toThrow(
      /protects nothing/,
    );
    expect(log.at(-1)).toBe("released");
  });

  it("does not believe a server that ends the bind before it has proved itself", async () => {
    await using server = await startLdapServer(({ id }, socket) => socket.write(reply.bound(id, 0)), {
      tls: false,
    });
    await expect(connectLdap({ url: server.url, ticket: fakeTicket() })).rejects.toThrow(/before it proved/);
  });
});
