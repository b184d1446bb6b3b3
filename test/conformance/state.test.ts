import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkConformance } from "../../src/testing/index.ts";

let directory: string;
let helper: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "state-"));
  helper = join(directory, "helper");
  const script = [
    "#!/bin/sh",
    `for place in "$CERTMONGER_LOCAL_CA_DIR" "$2"; do [ -d "$place" ] && echo "$place" >> ${directory}/places; done`,
    "exit 6",
  ];
  await writeFile(helper, `${script.join("\n")}\n`);
  await chmod(helper, 0o755);
});
afterAll(() => rm(directory, { recursive: true }));

describe("a trial keeps the helper's state apart from the machine's:", () => {
  it("the CA of local-submit, and with --state-option the helper's own, are for the trial alone", async () => {
    const report = await checkConformance({
      command: [helper],
      only: ["operations.identify-line"],
      stateOption: "--state-directory",
    });
    expect(report.command).toEqual([helper]);
    const places = new Set((await readFile(join(directory, "places"), "utf8")).trimEnd().split("\n"));
    expect(places.size).toBe(2);
    for (const place of places) {
      expect(place.startsWith(tmpdir())).toBe(true);
      expect(existsSync(place)).toBe(false);
    }
  });
});
