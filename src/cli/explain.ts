import { ExitStatus } from "../../protocol/index.ts";
import { defineCommand, UsageError } from "./command.ts";
import { stateMeanings } from "./explain/states.ts";
import { explainStatus, otherStatus, type StatusMeaning } from "./explain/statuses.ts";

/** `certmonger-helper explain 5`, `... CA_WORKING`, `... waitWithDelay`, or all exit statuses. */
export const command = defineCommand({
  name: "explain",
  usage: "[STATUS | STATE]",
  describe: "What an exit status of a helper, or a state of a request, means, and what certmonger does next.",
  options: {},
  epilogue: [
    "Examples:",
    "  certmonger-helper explain                    all exit statuses",
    "  certmonger-helper explain 5                  one exit status",
    "  certmonger-helper explain CA_UNREACHABLE     a state, as getcert list shows it",
    "  certmonger-helper explain states             all states",
  ].join("\n"),
  run: async (_options, { operands, rest = [] }) => {
    const [topic, ...more] = [...operands, ...rest];
    if (more.length > 0) {
      throw new UsageError("one status or state at a time");
    }
    process.stdout.write(topic === undefined ? explainAllStatuses() : explainTopic(topic));
    return 0;
  },
});

function explainTopic(topic: string): string {
  if (/^\d{1,3}$/.test(topic)) {
    return describeStatus(Number(topic));
  }
  const status = Object.entries(ExitStatus).find(([name]) => name.toLowerCase() === topic.toLowerCase());
  if (status !== undefined) {
    return describeStatus(status[1]);
  }
  if (topic === "states") {
    return Object.keys(stateMeanings).map(describeState).join("");
  }
  const state = topic.toUpperCase();
  if (Object.hasOwn(stateMeanings, state)) {
    return describeState(state);
  }
  throw new UsageError(`"${topic}" is neither an exit status nor a state of a request (see --help)`);
}

function explainAllStatuses(): string {
  const numbers = Object.values(ExitStatus);
  return [...numbers.map(describeStatus), describeMeaning("any other, or killed", otherStatus)].join("\n");
}

function describeStatus(status: number): string {
  const { name, meaning } = explainStatus(status);
  return describeMeaning(name === undefined ? `${status}` : `${status} (${spaced(name)})`, meaning);
}

function describeMeaning(title: string, { says, stdout, enrollment, question }: StatusMeaning): string {
  return [
    `Exit status ${title}: ${says}`,
    ...wrap("stdout", stdout),
    ...wrap("SUBMIT, POLL", enrollment),
    ...wrap("questions", question),
    "",
  ].join("\n");
}

function describeState(state: string): string {
  const { isStuck = false, meaning = "" } = stateMeanings[state] ?? {};
  return [`${state}${isStuck ? " (stuck)" : ""}`, ...wrap("", meaning), ""].join("\n");
}

/** `needScepMessages` → `need scep messages`. */
function spaced(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

const labelWidth = 15;
const lineWidth = 100;

/** A labelled paragraph, its further lines below the first. */
function wrap(label: string, text: string): string[] {
  const indent = label === "" ? 2 : labelWidth + 2;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > lineWidth) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((text, index) => `  ${index === 0 ? label : ""}`.padEnd(indent) + text);
}
