/** Extended key usages that a policy may call by name. Any other purpose is written as its OID. */
export const purposes: Readonly<Record<string, string>> = {
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  codeSigning: "1.3.6.1.5.5.7.3.3",
  emailProtection: "1.3.6.1.5.5.7.3.4",
  timeStamping: "1.3.6.1.5.5.7.3.8",
  OCSPSigning: "1.3.6.1.5.5.7.3.9",
  ipsecIKE: "1.3.6.1.5.5.7.3.17",
  pkinitClient: "1.3.6.1.5.2.3.4",
  pkinitKdc: "1.3.6.1.5.2.3.5",
  smartcardLogon: "1.3.6.1.4.1.311.20.2.2",
  anyExtendedKeyUsage: "2.5.29.37.0",
};

/** `serverAuth`, or the OID of a purpose without a name here. */
export function purposeName(oid: string): string {
  return Object.keys(purposes).find((name) => purposes[name] === oid) ?? oid;
}
