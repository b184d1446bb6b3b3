export { type IssuedOutput, type IssuedProblem, readIssuedOutput } from "../x509/issued-output.ts";
