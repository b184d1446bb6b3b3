import type { SecurityContext, Ticket } from "../../../../src/kerberos/kerberos.ts";

/** XOR stands for encryption, so that a message that was not protected, or twice, is nonsense. */
const turn = (bytes: Uint8Array) => Buffer.from(bytes).map((octet) => octet ^ 0x5a);

/** As the server's side of the fake context: what it would wrap and unwrap. */
export const fakeSeal = turn;

/** A ticket whose context says `hello`, expects `prove` and is then complete. */
export function fakeTicket(log: string[] = []): Ticket {
  return {
    principal: "host/client.example.test@EXAMPLE.TEST",
    realm: "EXAMPLE.TEST",
    clockOffsetSeconds: 0,
    startContext({ mechanism, service, host }): SecurityContext {
      log.push(`${mechanism} ${service}@${host}`);
      let isComplete = false;
      return {
        get isComplete() {
          return isComplete;
        },
        async step(token) {
          if (token === undefined) return Buffer.from("hello");
          if (Buffer.from(token).toString() !== "prove")
            throw new Error("the fake server did not prove itself");
          isComplete = true;
          return undefined;
        },
        wrap: (message, { isConfidential }) => {
          log.push(isConfidential ? "encrypted" : "signed");
          return turn(message);
        },
        unwrap: turn,
        release: () => log.push("released"),
      };
    },
    release: () => {},
  };
}
