import { X509Error } from "../../src/x509/error.ts";

/** Octets from hex, blanks allowed. A plain array, as the readers give them: vitest tells it from a Buffer. */
export const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ""), "hex"));

/** Octets as hex, for comparing. */
export const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");

/** Code and message of the X509Error that `work` throws; any other error goes through, and so does none. */
export function x509ErrorOf(work: () => unknown): { code: string; message: string } {
  try {
    work();
  } catch (error) {
    if (error instanceof X509Error) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("no error was thrown");
}
