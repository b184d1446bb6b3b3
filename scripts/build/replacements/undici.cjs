// undici as far as src/http/proxied.ts uses it: ProxyAgent with its methods. Half of the whole.
"use strict";
const Dispatcher = require("undici/lib/dispatcher/dispatcher.js");
Object.assign(Dispatcher.prototype, require("undici/lib/api/index.js"));
exports.ProxyAgent = require("undici/lib/dispatcher/proxy-agent.js");
