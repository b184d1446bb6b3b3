export { quoteCommandLine, splitCommandLine } from "./command-line.ts";
export { cookieAfterSaving, isSafeCookie, maximumVariableBytes } from "./cookie.ts";
export { ExitStatus, type ExitStatusName, exitStatusName } from "./exit-status.ts";
export { type FailureStatus, HelperFailure, ProtocolError } from "./failure.ts";
export { decodeInvocation, type Environment, encodeInvocation, type Invocation } from "./invocation.ts";
export { decodeLine, encodeLine } from "./line.ts";
export { decodeList, decodeRequirements, encodeList, encodeRequirements } from "./list.ts";
export {
  type EnrollmentOperation,
  enrollmentOperations,
  type Operation,
  operations,
  parseOperation,
  type QueryOperation,
  queryOperations,
} from "./operation.ts";
export { isCompletePem, joinPem, type PemBlock, splitPem } from "./pem.ts";
export { decodeReply, encodeReply, exitStatusOf, type Reply } from "./reply.ts";
export type { EnrollmentRequest, RequestField, ScepData } from "./request.ts";
export {
  type EnrollmentResult,
  type HelperResult,
  type Issued,
  issued,
  type NamedCertificate,
  type NeedRekey,
  type NeedScepMessages,
  type Refused,
  type Roots,
  rejected,
  retry,
  unconfigured,
  unreachable,
  type Wait,
  wait,
} from "./result.ts";
export { decodeRoots, encodeRoots, type RootsFormat } from "./roots.ts";
export { rootsProblems } from "./roots-problems.ts";
export { decodeScepCertificates, encodeScepCertificates } from "./scep.ts";
export { firstLine, oneLine, shorten } from "./text.ts";
export { type Variable, type VariableName, variables } from "./variables.ts";
