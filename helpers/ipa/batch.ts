import { IpaError } from "./ipa-error.ts";
import { isObject, type JsonObject, listOf, memberOf, textOf } from "./json.ts";
import type { IpaServer } from "./json-rpc.ts";

/** One call of a batch. */
export interface Call {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly options: JsonObject;
}

/** What became of one call: the method's own `result`, or its error. */
export type CallOutcome = { readonly result: unknown } | { readonly error: IpaError };

/** Several calls in one request: one round trip and one login. One that fails does not stop the rest. */
export async function callTogether(server: IpaServer, calls: readonly Call[]): Promise<CallOutcome[]> {
  const list = calls.map(({ method, args, options }) => ({ method, params: [args, options] }));
  const { envelope } = await server.call("batch", [list], {});
  const results = listOf(envelope.results);
  return calls.map((_, at) => outcomeOf(results[at]));
}

function outcomeOf(value: unknown): CallOutcome {
  const code = memberOf(value, "error_code");
  if (typeof code === "number") {
    const title = textOf(memberOf(value, "error_name")) ?? "";
    const message = textOf(memberOf(value, "error")) ?? "the server gave no reason";
    return { error: new IpaError(code, title, message, memberOf(value, "error_kw")) };
  }
  return isObject(value)
    ? { result: value.result }
    : { error: new IpaError(0, "", "the server left it out") };
}
