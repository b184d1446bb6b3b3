import { afterEach, describe, expect, it } from "vitest";
import {
  invokeHelper,
  makeSample,
  type Scenario,
  type ScriptedHelper,
  scriptedHelper,
} from "../../src/testing/index.ts";

let helper: ScriptedHelper | undefined;
afterEach(() => helper?.remove());

async function start(scenario: Scenario): Promise<ScriptedHelper> {
  helper = await scriptedHelper(scenario);
  return helper;
}

describe("the scripted helper", () => {
  it("replies in order, and gives the last reply again", async () => {
    const { command } = await start({
      IDENTIFY: [
        { exitStatus: 3, stdout: "not yet\n" },
        { exitStatus: 0, stdout: "Scripted CA\n" },
      ],
    });
    const ask = () => invokeHelper({ command, invocation: { operation: "IDENTIFY" } });
    const replies = [await ask(), await ask(), await ask()].map(({ reply }) => reply);
    expect(replies).toEqual([
      { exitStatus: 3, stdout: "not yet\n" },
      { exitStatus: 0, stdout: "Scripted CA\n" },
      { exitStatus: 0, stdout: "Scripted CA\n" },
    ]);
  });

  it("answers 6 where the scenario has no reply", async () => {
    const { command } = await start({});
    const run = await invokeHelper({ command, invocation: { operation: "FETCH-ROOTS" } });
    expect(run.result).toEqual({ status: "unsupported" });
  });

  it("records what it was given", async () => {
    const scripted = await start({ SUBMIT: [{ exitStatus: 2, stdout: "no\n", stderr: "a log line\n" }] });
    const { request, csr } = makeSample({ subject: "CN=www.example.test" });
    await invokeHelper({
      command: [...scripted.command, "--profile", "two words"],
      invocation: { operation: "SUBMIT", request },
    });
    const [call] = await scripted.calls();
    expect(call).toMatchObject({
      operation: "SUBMIT",
      argv: ["--profile", "two words"],
      directory: "/",
      environment: {
        CERTMONGER_CSR: csr,
        CERTMONGER_REQ_HOSTNAME: "www.example.test",
        HOME: "/run/certmonger",
      },
    });
  });

  it("gives each of eight calls at once its own reply", async () => {
    const numbers = Array.from({ length: 8 }, (_, index) => `reply ${index}\n`);
    const scripted = await start({ IDENTIFY: numbers.map((stdout) => ({ exitStatus: 0, stdout })) });
    const { command } = scripted;
    const runs = await Promise.all(
      numbers.map(() => invokeHelper({ command, invocation: { operation: "IDENTIFY" } })),
    );
    expect(runs.map(({ reply }) => reply?.stdout).toSorted()).toEqual(numbers);
    expect(await scripted.calls()).toHaveLength(8);
  });
});
