import { execFileSync, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Lab } from "./support/lab.ts";

const worker = fileURLToPath(new URL("support/crash-worker.ts", import.meta.url));
const kills = 10;

describe("a daemon that is killed again and again", () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(async () => await lab.end());

  it("brings every request to its end, each certificate with its key, and leaves nothing behind", async () => {
    const helper = lab.signer;
    for (let count = 0; count < kills; count++) {
      const child = spawn(process.execPath, [worker, lab.directory, helper], {
        stdio: ["ignore", "ignore", "inherit"],
      });
      const ended = once(child, "close");
      await sleep(150 + randomInt(1200));
      child.kill("SIGKILL");
      await ended;
    }
    const output = execFileSync(process.execPath, [worker, lab.directory, helper], {
      encoding: "utf8",
      timeout: 90_000,
    });
    expect(output).toBe("ready\ndone\n");
    const names = Array.from({ length: 20 }, (_, index) => `r${index + 1}`);
    for (const name of names) {
      const key = execFileSync("openssl", ["pkey", "-in", lab.path(`${name}.key`), "-pubout"], {
        encoding: "utf8",
      });
      const certificate = execFileSync(
        "openssl",
        ["x509", "-in", lab.path(`${name}.pem`), "-noout", "-pubkey"],
        {
          encoding: "utf8",
        },
      );
      expect(certificate, name).toBe(key);
    }
    const wanted = [...names.flatMap((name) => [`${name}.key`, `${name}.pem`]), "ca", "state"].sort();
    expect(
      readdirSync(lab.directory)
        .filter((name) => !/\.new$/.test(name))
        .sort(),
    ).toEqual(wanted);
    expect(readdirSync(lab.path("state/requests"))).toHaveLength(20);
  }, 150_000);
});
