/** Why a helper fails a check, and whether it matters; by `helper check`, or by check alone. */
export const explanations: Readonly<Record<string, string>> = {
  "local-submit enroll.broken-csr":
    "It exits 1 without a word, which certmonger reads as wait without a cookie: NEED_GUIDANCE. certmonger itself never sends such a CSR.",
  "local-submit enroll.bad-signature":
    "It does not look at the CSR's signature. certmonger signs its CSRs rightly, so this matters only where others may run the helper.",
  "local-submit enroll.repeat":
    "It issues whenever it is asked. A request made right after `getcert add-ca` gets two certificates, and the first is thrown away.",
  "local-submit failures.message":
    "When it can not sign it exits 3 without a word; `getcert list` then shows CA_UNREACHABLE and no reason.",
  "local-submit hygiene.kill":
    "It writes its file `serial` in place. Killed at the wrong moment it leaves it empty, and from then on every request is answered with 3 and no message, until a person removes the file.",
  "failures.one-line":
    "It prints its usage after the message. certmonger keeps the first line, which says enough.",
  "scep-submit lists.requirement-names":
    "certmonger knows seven names and drops the others, so this requirement is never shown.",
  "ipa-submit faults.black-hole": "It has no time-out: certmonger waits with it, for ever if need be.",
  "ipa-submit faults.slow-drip": "It has no time-out: certmonger waits with it as long as something comes.",
  "dogtag-submit failures.message":
    "It hands an answer that is no XML to libxml2, which complains on stderr; stdout stays empty, and so does ca-error.",
  "dogtag-submit faults.black-hole": "It has no time-out: certmonger waits with it, for ever if need be.",
  "dogtag-submit faults.slow-drip":
    "It has no time-out: certmonger waits with it as long as something comes.",
  "dogtag-submit faults.server-error":
    "Whatever is not the XML that it expects is taken for a no of the CA: CA_REJECTED, and nobody tries again.",
  "dogtag-submit faults.unavailable": "The same: a server under maintenance rejects requests for good.",
  "dogtag-submit faults.html": "The same for the page of a proxy or of another server at that address.",
};
