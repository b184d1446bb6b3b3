import { asciiUpperCase } from "./text.ts";

/** What certmonger can ask of a helper: the values of `CERTMONGER_OPERATION`. */
export const enrollmentOperations = ["SUBMIT", "POLL"] as const;

/** Questions about the CA itself. They carry no CSR; certmonger asks all eight at the same time. */
export const queryOperations = [
  "IDENTIFY",
  "FETCH-ROOTS",
  "GET-SUPPORTED-TEMPLATES",
  "GET-DEFAULT-TEMPLATE",
  "GET-NEW-REQUEST-REQUIREMENTS",
  "GET-RENEW-REQUEST-REQUIREMENTS",
  "FETCH-SCEP-CA-CAPS",
  "FETCH-SCEP-CA-CERTS",
] as const;

export const operations = [...enrollmentOperations, ...queryOperations] as const;

export type EnrollmentOperation = (typeof enrollmentOperations)[number];
export type QueryOperation = (typeof queryOperations)[number];
export type Operation = (typeof operations)[number];

/**
 * The operation that a text names, or `undefined` when it names none.
 *
 * Letter case does not matter: certmonger sends upper case, and its own helpers compare without regard
 * to case (certmonger 0.79.21 src/local.c, main).
 */
export function parseOperation(text: string): Operation | undefined {
  const name = asciiUpperCase(text);
  return operations.find((operation) => operation === name);
}
