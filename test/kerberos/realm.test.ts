import { expect, it } from "vitest";
import { realmOf } from "../../src/kerberos/krb5.ts";

it.each([
  { principal: "host/client.example.test@EXAMPLE.TEST", realm: "EXAMPLE.TEST" },
  { principal: "admin@EXAMPLE.TEST", realm: "EXAMPLE.TEST" },
  { principal: "mail\\@home@EXAMPLE.TEST", realm: "EXAMPLE.TEST" },
  { principal: "back\\\\@EXAMPLE.TEST", realm: "EXAMPLE.TEST" },
  { principal: "host/client.example.test@", realm: "" },
  { principal: "host/client.example.test", realm: "" },
])("the realm of $principal is $realm", ({ principal, realm }) => {
  expect(realmOf(principal)).toBe(realm);
});
