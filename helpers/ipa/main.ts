#!/usr/bin/env node
import { runHelper } from "../../src/sdk/run-helper.ts";
import { helper } from "./helper.ts";

await runHelper(helper);
