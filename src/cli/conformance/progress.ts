import { groups } from "../../testing/checks/check.ts";
import type { Progress } from "../../testing/conformance.ts";

/** Shows on stderr how far a trial is: one line that is written over on a terminal, a line for each group elsewhere. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  #group = "";

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show({ check, result, done, total }: Progress): void {
    if (this.#stream.isTTY) {
      this.#stream.write(`\r\x1b[K[${done}/${total}] ${check.id}`);
      return;
    }
    const group = check.id.split(".")[0] ?? "";
    if (result === undefined && group !== this.#group && Object.hasOwn(groups, group)) {
      this.#group = group;
      this.#stream.write(`[${done}/${total}] ${group}\n`);
    }
    if (result?.verdict === "failed") this.#stream.write(`  ${result.severity} failed: ${check.id}\n`);
  }

  end(): void {
    if (this.#stream.isTTY) this.#stream.write("\r\x1b[K");
  }
}
