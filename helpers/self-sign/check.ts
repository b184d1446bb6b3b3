import { existsSync } from "node:fs";
import { expectWritable } from "../../src/files/private-directory.ts";
import type { CheckLine, HelperContext } from "../../src/sdk/helper.ts";
import { clockIsBehind } from "./authority.ts";
import { chooseGeneration, middleOf } from "./choose-generation.ts";
import { explain } from "./failure.ts";
import { readGenerations, signingKey } from "./generations.ts";
import { readRecord } from "./issued-record.ts";
import type { options } from "./options.ts";
import { readPolicyFile } from "./policy-file.ts";
import { nameRoots, rootsOf } from "./roots.ts";
import { readSettings, type Settings } from "./settings.ts";
import { defaultValidity } from "./submit.ts";

type Context = HelperContext<typeof options>;

/** `--check`: the directory, the CA, the policy and the record. Makes nothing that is not there. */
export async function* check(context: Context): AsyncGenerator<CheckLine> {
  const settings = readSettings(context.options);
  yield* await lines(() => checkAuthority(settings, context));
  yield* await lines(() => checkPolicy(context));
  yield* await lines(() => checkRecord(settings));
}

/** What a part has to say; when it throws, that. */
async function lines(part: () => Promise<CheckLine[]>): Promise<CheckLine[]> {
  try {
    return await part();
  } catch (error) {
    const explained = explain(error);
    return [{ outcome: "failed", text: explained instanceof Error ? explained.message : String(explained) }];
  }
}

async function checkAuthority({ files, authority }: Settings, { now }: Context): Promise<CheckLine[]> {
  const generations = readGenerations(files.directory);
  expectWritable(files.directory);
  if (generations.length === 0) {
    const origin = existsSync(files.credentials)
      ? `the one of local-submit in ${files.credentials} will be taken over`
      : `a new one (${authority.keyKind}) will be made`;
    return [{ outcome: "ok", text: `CA: none yet; ${origin} on first use` }];
  }
  const choice = chooseGeneration(generations, now());
  if (choice.action === "wait-for-clock") throw clockIsBehind(choice.begins, now());
  const current = choice.action === "use" ? choice.generation : choice.meanwhile;
  if (current === undefined)
    return [{ outcome: "ok", text: "CA: over; the next one will be made on first use" }];
  signingKey(current);
  const { subject, notAfter } = current.certificate;
  const next = choice.action === "use" ? `due ${day(middleOf(current.certificate))}` : "due now";
  return [
    {
      outcome: "ok",
      text: `CA: ${subject}, in ${current.path}, until ${day(notAfter)}; the next one is ${next}`,
    },
    {
      outcome: "ok",
      text: `CA: its key is the one of its certificate; roots that are valid now: ${nameRoots(rootsOf(generations), now()).length}`,
    },
  ];
}

async function checkPolicy({ options: { policy, validity } }: Context): Promise<CheckLine[]> {
  const { months, seconds } = defaultValidity(validity);
  const lifetime = [months > 0 ? `${months} months` : "", seconds > 0 ? `${seconds / 86_400} days` : ""];
  const lives: CheckLine = {
    outcome: "ok",
    text: `certificates live ${lifetime.filter(Boolean).join(" and ")}`,
  };
  if (policy === undefined) return [lives, { outcome: "ok", text: "policy: none, the default rules apply" }];
  const { profiles, defaultProfile = "none" } = readPolicyFile(policy);
  const names = [...profiles.keys()].join(", ");
  return [lives, { outcome: "ok", text: `policy: profiles ${names}; default: ${defaultProfile}` }];
}

async function checkRecord({ files }: Settings): Promise<CheckLine[]> {
  const { entries, damagedLines } = readRecord(files.record);
  const text = `certificates on the record: ${entries.length}`;
  return damagedLines.length === 0
    ? [{ outcome: "ok", text }]
    : [{ outcome: "warning", text: `${text}; lines that are no entries: ${damagedLines.join(", ")}` }];
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
