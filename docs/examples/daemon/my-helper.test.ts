import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock, startDaemon } from "certmonger-helper/daemon";
import { expect, it } from "vitest";

const helper = "/usr/libexec/certmonger-helper/self-sign-submit";

it("obtains a certificate, and a new one before its end", async () => {
  const directory = await mkdtemp(join(tmpdir(), "daemon-"));
  const daemon = await startDaemon({ directory, clock: new ManualClock() });
  try {
    await daemon.addCa({ nickname: "Test", helper });
    const certificateFile = join(directory, "www.pem");
    const request = await daemon.request({
      ca: "Test",
      hostnames: ["www.example.test"],
      keyFile: join(directory, "www.key"),
      certificateFile,
      postSave: `/usr/bin/touch ${join(directory, "reloaded")}`,
    });
    await request.reaches("MONITORING");
    const first = readFileSync(certificateFile, "utf8");

    await daemon.clock.advance({ days: 340 }); // lives through each day: 28 days before the end it is due

    expect(request.state).toBe("MONITORING");
    expect(readFileSync(certificateFile, "utf8")).not.toBe(first);
  } finally {
    await daemon.stop();
    await rm(directory, { recursive: true });
  }
}, 60_000);
