export type { Check, CheckId, Group, Severity, SkipReason, Verdict } from "./checks/check.ts";
export { groups } from "./checks/check.ts";
export { checks } from "./checks/index.ts";
export {
  type ConformanceOptions,
  checkConformance,
  NotRunError,
  type Progress,
} from "./conformance.ts";
export { conformanceSuite, type SuiteHooks } from "./conformance-suite.ts";
export {
  brokenCsrs,
  type CsrSample,
  makeSample,
  manyNames,
  nameKinds,
  type SampleOptions,
  sampleOf,
  withNewHeader,
  withUnknownKeyType,
  withWrongSignature,
} from "./csr-samples.ts";
export { type HelperRun, type InvokeOptions, invokeHelper } from "./invoke-helper.ts";
export { type IssuedOutput, type IssuedProblem, readIssuedOutput } from "./issued-output.ts";
export type { CheckResult, Evidence, Report, Summary } from "./report.ts";
export { renderHtml } from "./reports/html.ts";
export { renderJson } from "./reports/json.ts";
export { renderJunit } from "./reports/junit.ts";
export { renderTap } from "./reports/tap.ts";
export { renderTerminal } from "./reports/terminal.ts";
export type { Leak, Run } from "./run.ts";
export {
  type RecordedCall,
  type Scenario,
  type ScriptedHelper,
  type ScriptedReply,
  scriptedHelper,
} from "./scripted-helper.ts";
export { SelectionError } from "./selection.ts";
export { type FakeIpa, type FakeIpaOptions, type FakeIpaReply, startFakeIpa } from "./servers/fake-ipa.ts";
export { FakeIpaError } from "./servers/fake-ipa-error.ts";
export type { FakeIpaMethod, FakeIpaOptionsOfCall } from "./servers/fake-ipa-method.ts";
export type { FakeIpaRequest } from "./servers/fake-ipa-request.ts";
export { fakeKerberos } from "./servers/fake-kerberos.ts";
export { type Fault, type FaultServer, faults, startFaultServer } from "./servers/fault-server.ts";
