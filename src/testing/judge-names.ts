import type { Certificate } from "../x509/certificate.ts";
import { decodeSubjectAltNameExtension } from "../x509/extensions.ts";
import type { SubjectAltName } from "../x509/names.ts";

/** The names of a CSR that are not in the certificate, for a person: `DNS www.example.test`. */
export function missingNames(asked: readonly SubjectAltName[], leaf: Certificate): string[] {
  const given = new Set(namesOf(leaf).map(identityOf));
  return asked.filter((name) => !given.has(identityOf(name))).map(describeName);
}

/** None when the extension can not be read: then no client finds a name in it either. */
function namesOf(leaf: Certificate): readonly SubjectAltName[] {
  try {
    return decodeSubjectAltNameExtension(leaf.extensions) ?? [];
  } catch {
    return [];
  }
}

/** Names that mean the same have the same identity. */
function identityOf(name: SubjectAltName): string {
  if ("der" in name) return `${name.type} ${Buffer.from(name.der).toString("hex")}`;
  return `${name.type} ${name.type === "dns" ? name.value.toLowerCase() : name.value}`;
}

function describeName(name: SubjectAltName): string {
  if ("der" in name) return `a name of type ${name.type}`;
  const kinds = { dns: "DNS", email: "e-mail", uri: "URI", ip: "IP", principal: "principal", upn: "UPN" };
  return `${kinds[name.type]} ${name.value}`;
}

/** What certmonger makes a mess of in a nickname; `undefined` when it is harmless. */
export function nicknameProblem(nickname: string): string | undefined {
  if (/[\r\n]/.test(nickname)) return `the nickname ${JSON.stringify(nickname)} has a line break`;
  return /[\u{10000}-\u{10ffff}]/u.test(nickname)
    ? `the nickname ${JSON.stringify(nickname)} has a character beyond U+FFFF`
    : undefined;
}
