import fc from "fast-check";
import { expect, it } from "vitest";
import { utcText } from "../../../helpers/self-sign/utc-text.ts";

it("writes every moment of the years 0 to 9999 as toISOString does", () => {
  const range = {
    min: new Date("0000-01-01T00:00:00Z"),
    max: new Date("9999-12-31T23:59:59Z"),
    noInvalidDate: true,
  };
  fc.assert(
    fc.property(fc.date(range), (date) => {
      expect(utcText(date)).toBe(date.toISOString());
    }),
  );
});
