import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readValidityPeriod } from "../../../helpers/self-sign/certmonger-conf.ts";
import { addPeriod, parsePeriod } from "../../../helpers/self-sign/period.ts";
import { newDirectory } from "../../support/directory.ts";

describe("a period of certmonger.conf", () => {
  // The end that local-submit of certmonger 0.79.17 gave to a certificate that began at `start`.
  const start = new Date("2026-11-23T12:41:33Z");
  const measured = [
    { text: "3d", end: "2026-11-26T12:41:33Z" },
    { text: "1y2M3d", end: "2028-01-26T12:41:33Z" },
    { text: "90000", end: "2026-11-24T13:41:33Z" },
    { text: "1M 1w", end: "2026-12-30T12:41:33Z" },
    { text: "5y", end: "2031-11-23T12:41:33Z" },
    { text: "1y6M", end: "2028-05-23T12:41:33Z" },
    { text: "1d junk", end: "2026-11-24T12:41:33Z" },
    { text: "2h30m10s", end: "2026-11-23T15:11:43Z" },
  ];
  it.each(measured)("$text ends where local-submit's ends", ({ text, end }) => {
    const period = parsePeriod(text);
    expect(period && addPeriod(start, period)).toEqual(new Date(end));
  });

  it.each(["zzz", "", "0", "0d", "-1d", "junk 1d"])("%j is none", (text) => {
    expect(parsePeriod(text)).toBeUndefined();
  });
});

describe("validity_period in certmonger.conf", () => {
  const files = [
    { name: "of local", text: "[local]\nvalidity_period=90d\n", days: 90 },
    {
      name: "of selfsign where local has none",
      text: "[local]\n[selfsign]\nvalidity_period = 30d\n",
      days: 30,
    },
    {
      name: "of local before that of selfsign",
      text: "[selfsign]\nvalidity_period=1d\n[local]\nvalidity_period=2d\n",
      days: 2,
    },
    {
      name: "with blanks, CRLF and comments",
      text: "# a\r\n[ local ]\r\n#validity_period=1d\r\n validity_period =  7d \r\n",
      days: 7,
    },
    { name: "not of another section", text: "[defaults]\nvalidity_period=90d\n", days: undefined },
    { name: "not when it is no period", text: "[local]\nvalidity_period=soon\n", days: undefined },
    {
      name: "not when its key is written otherwise",
      text: "[local]\nValidity_Period=90d\n",
      days: undefined,
    },
  ];
  it.each(files)("counts $name", ({ text, days }) => {
    const directory = newDirectory();
    writeFileSync(join(directory, "certmonger.conf"), text);
    const expected = days === undefined ? undefined : { months: 0, seconds: days * 86_400 };
    expect(readValidityPeriod(directory)).toEqual(expected);
  });

  it("is absent where there is no such file", () => {
    expect(readValidityPeriod(join(tmpdir(), "no-such-directory"))).toBeUndefined();
  });
});
