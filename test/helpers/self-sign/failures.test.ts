import { describe, expect, it } from "vitest";
import { expectAsDocumented, readFailureTable } from "./support/failure-table.ts";
import { requestFailures, settingFailures, stateFailures } from "./support/failures.ts";
import { fromSource } from "./support/run.ts";

/** Rows that need root or a package are driven by test/e2e/self-sign.test.ts. */
const failures = [...requestFailures, ...settingFailures, ...stateFailures];

describe("as the README says:", () => {
  it.concurrent.each(failures)("$name", async (failure) => {
    await expectAsDocumented(fromSource, failure);
  });
});

it("every row of the README's table is tested", () => {
  const tested = new Set(failures.map(({ name }) => name));
  const inEndToEndTests = [
    "the file system is read-only",
    "the disk is full",
    "the disk is full when the certificate is put on the record",
    "the CA's key is somebody else's",
    "the clock goes back before the CA's first moment",
  ];
  const rows = [...readFailureTable().keys()];
  expect(rows.filter((name) => !tested.has(name))).toEqual(inEndToEndTests);
});
