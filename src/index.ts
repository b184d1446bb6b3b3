export * from "../protocol/index.ts";
export {
  type CheckLine,
  defineHelper,
  type Helper,
  type HelperCommand,
  type HelperContext,
} from "./sdk/helper.ts";
export type { Log } from "./sdk/log.ts";
export type { OptionDefinition, OptionKind, OptionTable, OptionValues } from "./sdk/option-table.ts";
export { runHelper } from "./sdk/run-helper.ts";
export { Secret } from "./sdk/secret.ts";
