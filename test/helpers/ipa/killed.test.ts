import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type FakeIpa, startFakeIpa } from "../../../src/testing/servers/fake-ipa.ts";
import { makeMachine, submission } from "./support/run.ts";

let ipa: FakeIpa;

beforeAll(async () => {
  ipa = await startFakeIpa();
});
afterAll(async () => {
  await ipa.close();
});

/**
 * Runs a helper whose stdout is a pipe that is full, and kills it once the answer is kept: the certificate was issued,
 * and nobody got it.
 */
const killBeforePrinting = `
  set -eu
  directory=$1; shift
  mkfifo "$directory/full"
  exec 3<>"$directory/full"
  head -c 65536 /dev/zero >&3
  "$@" >&3 3>&- 2>/dev/null &
  pid=$!
  until ls "$directory"/state/answers/*.json >/dev/null 2>&1; do
    kill -0 "$pid" || exit 70
    sleep 0.02
  done
  kill -KILL "$pid"
  wait "$pid" || echo "ended with $?"
`;

it("gives the certificate that was issued for a run that was killed before it could print it", async () => {
  const machine = makeMachine(ipa);
  const request = submission();
  const { command, environment } = machine.commandLine([], request);
  const { stdout } = await promisify(execFile)(
    "bash",
    ["-c", killBeforePrinting, "bash", machine.directory, ...command],
    { env: environment },
  );
  expect(stdout).toBe("ended with 137\n");
  expect(ipa.issued).toBe(1);

  const again = await machine.run([], request);
  expect(again.exitStatus, again.stdout).toBe(0);
  expect(again.stdout).toMatch(/^-----BEGIN CERTIFICATE-----/);
  expect(ipa.issued).toBe(1);
});
