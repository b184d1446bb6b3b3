// Takes the place of koffi's addon in a training run: every function of a C library succeeds, gives what it has to, and
// asks nobody. What GSS-API would send is in TRAINING_TOKEN, base64.
"use strict";
const token = Buffer.from(process.env.TRAINING_TOKEN, "base64");

const address = 1n;
const continueNeeded = 1; // GSS_S_CONTINUE_NEEDED
const mutual = 2; // GSS_C_MUTUAL_FLAG
const forwardable = 0x40000000; // TKT_FLG_FORWARDABLE

/** gss_init_sec_context: gives the token first, and takes the server's proof as good. */
function initSecContext(
  _minor,
  _credential,
  _context,
  _name,
  _mechanism,
  _flags,
  _time,
  _bindings,
  input,
  _type,
  output,
  flags,
) {
  flags[0] = mutual;
  if (input.length > 0) return 0;
  Object.assign(output, { length: token.length, value: address });
  return continueNeeded;
}

function call(name, parameters) {
  // An address to be filled in is in an array of its own.
  for (const parameter of parameters)
    if (Array.isArray(parameter) && parameter[0] === null) parameter[0] = address;
  return name === "gss_init_sec_context" ? initSecContext(...parameters) : 0;
}

/** `int name(…)`, or the name alone. */
const nameOf = (declaration) => /(\w+) *(?:\(|$)/.exec(declaration)[1];

const library = {
  func(declaration) {
    const name = nameOf(declaration);
    const called = (...parameters) => call(name, parameters);
    called.async = (...parameters) => {
      const done = parameters.pop();
      setImmediate(() => done(null, call(name, parameters)));
    };
    return called;
  },
};

function decode(_address, type) {
  if (type === "uint8_t") return token;
  if (type === "char") return process.env.TRAINING_PRINCIPAL;
  return { flags: forwardable, endTime: 0x7fffffff };
}

const describe = () => ({});
const addon = {
  ...{ array: describe, inout: describe, out: describe, pointer: describe, struct: describe },
  ...{ alloc: () => address, decode, encode() {}, free() {}, load: () => library, sizeof: () => 120 },
};

process.dlopen = (module) => {
  module.exports = addon;
};
