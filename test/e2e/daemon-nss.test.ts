import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManualClock, type OwnDaemon, startDaemon } from "../../src/daemon/index.ts";
import { need } from "./support/peers.ts";

const signer = fileURLToPath(new URL("../fixtures/helpers/sign-with-openssl.sh", import.meta.url));

const { leaveOut, note } = need("certutil");

describe.skipIf(leaveOut)(`an NSS database${note}`, () => {
  let directory = "";
  let daemon: OwnDaemon<ManualClock>;
  const log: string[] = [];

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "daemon-nss-"));
    mkdirSync(join(directory, "db"));
    const environment = { PATH: "/usr/bin:/bin", CERTMONGER_OPERATION: "IDENTIFY" };
    execFileSync(signer, [join(directory, "ca")], { env: environment });
    daemon = await startDaemon({
      directory: join(directory, "state"),
      clock: new ManualClock(),
      log: (_, line) => log.push(line),
    });
    await daemon.addCa({ nickname: "Test", helper: `${signer} ${join(directory, "ca")}` });
  });
  afterEach(async () => {
    await daemon.stop();
    rmSync(directory, { recursive: true });
  });

  const certutil = (...words: string[]): string =>
    execFileSync("certutil", [...words, "-d", `sql:${join(directory, "db")}`], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });

  it.each([
    { type: "RSA", pin: undefined },
    { type: "EC", pin: "secret12" },
  ])(
    "takes a key ($type, PIN $pin) and its certificate, renews and rekeys them, and trusts the root",
    async ({ type, pin }) => {
      const pinFile = join(directory, "pin");
      writeFileSync(pinFile, pin === undefined ? "" : `${pin}\n`);
      const database = join(directory, "db");
      const request = await daemon.daemon.addRequest({
        id: "nss",
        ca_name: "Test",
        key_gen_type: type,
        key_pin_file: pin === undefined ? undefined : pinFile,
        template_subject: "CN=www,O=Lab",
        template_hostname: ["www.example.test"],
        cert_storage_type: "NSSDB",
        cert_storage_location: database,
        cert_nickname: "lab cert",
        root_cert_dbs: [database],
      });
      await request.reaches("MONITORING", { deadlineMs: 60_000 });
      expect(certutil("-L")).toMatch(/^lab cert +u,u,u$/m);
      expect(certutil("-L")).toMatch(/^Lab Root +CT,C,C$/m);
      expect(request.record.cert_subject).toBe("CN=www,O=Lab");
      const [serial, key] = [request.record.cert_serial, request.record.key_pubkey_info];

      await daemon.clock.advance({ days: 63 });
      expect(request.record.cert_serial).not.toBe(serial);
      expect(request.record.key_pubkey_info).toBe(key);

      await request.rekey();
      await request.reaches("MONITORING", { deadlineMs: 60_000 });
      expect(request.record.key_pubkey_info).not.toBe(key);
      const keys = certutil("-K", "-f", pinFile).match(/^<.*$/gm) ?? [];
      expect(keys).toHaveLength(1);
      expect(keys[0]).toMatch(/lab cert \(candidate .{8}\)$/); // as certmonger names it until it is saved
      expect(log.join("\n")).not.toContain("secret12");
      expect(
        readdirSync(tmpdir()).filter((name) => name.startsWith(`certmonger-helper-${process.pid}-`)),
      ).toEqual([]);
    },
  );

  it("is finished when a kill left only its first half in place", async () => {
    writeFileSync(join(directory, "pin"), "secret12\n");
    certutil("-N", "-f", join(directory, "pin"));
    rmSync(join(directory, "db/cert9.db"));
    const request = await daemon.daemon.addRequest({
      id: "nss",
      ca_name: "Test",
      key_gen_type: "EC",
      key_pin_file: join(directory, "pin"),
      cert_storage_type: "NSSDB",
      cert_storage_location: join(directory, "db"),
      cert_nickname: "lab cert",
    });
    await request.reaches("MONITORING", { deadlineMs: 60_000 });
    expect(readdirSync(join(directory, "db")).sort()).toEqual(["cert9.db", "key4.db", "pkcs11.txt"]);
  });

  it("is stuck for a PIN that is wrong", async () => {
    writeFileSync(join(directory, "right"), "secret12\n");
    certutil("-N", "-f", join(directory, "right"));
    writeFileSync(join(directory, "wrong"), "wrong\n");
    const request = await daemon.daemon.addRequest({
      id: "nss",
      ca_name: "Test",
      key_pin_file: join(directory, "wrong"),
      cert_storage_type: "NSSDB",
      cert_storage_location: join(directory, "db"),
      cert_nickname: "lab cert",
    });
    await request.reaches("NEWLY_ADDED_NEED_KEYINFO_READ_PIN");
    await request.modify({ key_pin_file: join(directory, "right") });
    await request.reaches("MONITORING", { deadlineMs: 60_000 });
  });

  const isRoot = process.getuid?.() === 0;
  const asRoot = isRoot ? "" : " (left out: needs root)";
  const nobody = 65534;
  // Measured on certmonger 0.79.17, getcert request -Z.
  it.skipIf(!isRoot).each([
    { owner: nobody, user: "nobody", reached: "MONITORING" },
    { owner: nobody, user: "nobody:daemon", reached: "MONITORING" },
    { owner: 0, user: "nobody", reached: "NEED_CERTSAVE_PERMS" },
  ] as const)(
    `of user $owner gets its certificate from $user: $reached${asRoot}`,
    async ({ owner, user, reached }) => {
      certutil("-N", "--empty-password");
      const database = join(directory, "db");
      chmodSync(directory, 0o755);
      const all = [database, ...readdirSync(database).map((name) => join(database, name))];
      for (const path of all) chownSync(path, owner, owner);
      const request = await daemon.daemon.addRequest({
        id: "nss",
        ca_name: "Test",
        key_gen_type: "EC",
        nss_user: user,
        cert_storage_type: "NSSDB",
        cert_storage_location: database,
        cert_nickname: "lab cert",
      });
      await request.reaches(reached, { deadlineMs: 60_000 });
      expect(/^lab cert /m.test(certutil("-L"))).toBe(reached === "MONITORING");
      for (const path of all) expect(statSync(path).uid).toBe(owner);
    },
  );
});
