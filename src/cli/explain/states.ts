/** What a state of a request means. */
export interface StateMeaning {
  /** `getcert list` says "stuck: yes": nothing goes on until a person acts. */
  readonly isStuck: boolean;
  readonly meaning: string;
}

const goesOn = (meaning: string): StateMeaning => ({ isStuck: false, meaning });
const stuck = (meaning: string): StateMeaning => ({ isStuck: true, meaning });

const permissions =
  "certmonger may not write there. Mend the permissions or the SELinux label, then getcert resubmit.";
const pin = "The key is protected and its PIN is missing or wrong. getcert modify with -p or -P.";
const token = "The token with the key is not there. Insert or configure it, then getcert resubmit.";

/**
 * The states of a request in the order of its travel, by the names that getcert shows.
 *
 * @see certmonger 0.79.21 src/store-gen.c for the names, src/iterate.c, cm_iterate_entry for what happens in them
 */
export const stateMeanings: Readonly<Record<string, StateMeaning>> = {
  NEWLY_ADDED: goesOn("The request has just been made."),
  NEWLY_ADDED_START_READING_KEYINFO: goesOn("About to look for a key that is there already."),
  NEWLY_ADDED_READING_KEYINFO: goesOn("Looks for a key that is there already."),
  NEWLY_ADDED_NEED_KEYINFO_READ_PIN: stuck(pin),
  NEWLY_ADDED_NEED_KEYINFO_READ_TOKEN: stuck(token),
  NEWLY_ADDED_START_READING_CERT: goesOn("About to look for a certificate that is there already."),
  NEWLY_ADDED_READING_CERT: goesOn("Looks for a certificate that is there already."),
  NEWLY_ADDED_DECIDING: goesOn("Decides from what it found: a new key, a new CSR, or only monitoring."),
  NEED_KEY_PAIR: goesOn("A key will be made."),
  GENERATING_KEY_PAIR: goesOn("Makes a key."),
  NEED_KEY_GEN_PERMS: stuck(`The key can not be saved: ${permissions}`),
  NEED_KEY_GEN_PIN: stuck(pin),
  NEED_KEY_GEN_TOKEN: stuck(token),
  HAVE_KEY_PAIR: goesOn("The key is made."),
  NEED_KEYINFO: goesOn("The key will be read."),
  READING_KEYINFO: goesOn("Reads the key."),
  NEED_KEYINFO_READ_PIN: stuck(pin),
  NEED_KEYINFO_READ_TOKEN: stuck(token),
  HAVE_KEYINFO: goesOn("The key is known."),
  NEED_CSR: goesOn("A signing request will be made."),
  GENERATING_CSR: goesOn("Makes the signing request."),
  NEED_CSR_GEN_PIN: stuck(pin),
  NEED_CSR_GEN_TOKEN: stuck(token),
  HAVE_CSR: goesOn("The signing request is made."),
  NEED_SCEP_DATA: goesOn("SCEP messages will be made."),
  GENERATING_SCEP_DATA: goesOn("Makes SCEP messages."),
  NEED_SCEP_GEN_PIN: stuck(pin),
  NEED_SCEP_GEN_TOKEN: stuck(token),
  NEED_SCEP_ENCRYPTION_CERT: stuck(
    "The CA's SCEP certificate is unknown: FETCH-SCEP-CA-CERTS gave none. getcert refresh-ca.",
  ),
  NEED_SCEP_RSA_CLIENT_KEY: stuck("SCEP needs an RSA key. Make the request anew with one."),
  HAVE_SCEP_DATA: goesOn("The SCEP messages are made."),
  NEED_TO_SUBMIT: goesOn(
    "The helper will be run. If it can not be started, this is tried every 30 seconds without end.",
  ),
  SUBMITTING: goesOn(
    "The helper runs. There is no time-out: a helper that hangs, or whose stdout stays open, holds the request here.",
  ),
  NEED_CA: stuck("The request names a CA that is not configured. getcert add-ca, or getcert resubmit -c."),
  CA_UNREACHABLE: goesOn(
    "The helper said 3: the CA could not be asked. Tried again in up to 7 days, or now with getcert refresh.",
  ),
  CA_UNCONFIGURED: stuck(
    "The helper said 4: it lacks configuration, see ca-error. Mend it, then getcert resubmit.",
  ),
  CA_REJECTED: stuck(
    "The helper said 2: the CA refused, see ca-error. Mend the request or the CA, then getcert resubmit.",
  ),
  CA_WORKING: goesOn(
    "The helper said 1 or 5: the CA is still at it. Asked again in the seconds given with 5; with 1 in up to 7 days.",
  ),
  NEED_GUIDANCE: stuck(
    "The helper's answer was of no use: no certificate in it, an unknown status, a signal. See ca-error and the journal, then getcert resubmit.",
  ),
  NEED_TO_SAVE_CERT: goesOn("The certificate will be saved."),
  PRE_SAVE_CERT: goesOn("Runs the pre-save command. There is no time-out."),
  START_SAVING_CERT: goesOn("About to save the certificate."),
  SAVING_CERT: goesOn("Saves the certificate."),
  NEED_CERTSAVE_PERMS: stuck(`The certificate can not be saved: ${permissions}`),
  NEED_CERTSAVE_TOKEN: stuck(token),
  NEED_CERTSAVE_PIN: stuck(pin),
  SAVED_CERT: goesOn("The certificate is saved."),
  NEED_TO_SAVE_CA_CERTS: goesOn("The CA's certificates will be saved."),
  START_SAVING_CA_CERTS: goesOn("About to save the CA's certificates."),
  SAVING_CA_CERTS: goesOn("Saves the CA's certificates."),
  NEED_CA_CERT_SAVE_PERMS: stuck(`The CA's certificates can not be saved: ${permissions}`),
  NEED_TO_READ_CERT: goesOn("The saved certificate will be read back."),
  READING_CERT: goesOn("Reads the saved certificate back."),
  POST_SAVED_CERT: goesOn("Runs the post-save command. There is no time-out."),
  MONITORING: goesOn(
    "The certificate is in place; its end is watched, and renewal starts at 28, 7, 3, 2, 1 days and 12, 6, 2, 1 hours before it.",
  ),
  NEED_TO_SAVE_ONLY_CA_CERTS: goesOn(
    "The CA's certificates will be saved; the certificate itself is in place.",
  ),
  START_SAVING_ONLY_CA_CERTS: goesOn("About to save the CA's certificates."),
  SAVING_ONLY_CA_CERTS: goesOn("Saves the CA's certificates."),
  NEED_ONLY_CA_CERT_SAVE_PERMS: stuck(`The CA's certificates can not be saved: ${permissions}`),
  ...notifications("VALIDITY", "the certificate ends soon"),
  ...notifications("REJECTION", "the CA refused"),
  ...notifications(
    "ISSUED_SAVE_FAILED",
    "the certificate could not be saved; saving is tried again every 30 seconds",
  ),
  ...notifications(
    "ISSUED_CA_SAVE_FAILED",
    "the CA's certificates could not be saved; saving is tried again",
  ),
  ...notifications("ONLY_CA_SAVE_FAILED", "the CA's certificates could not be saved; saving is tried again"),
  ...notifications("ISSUED_SAVED", "the certificate is issued and saved"),
  INVALID: goesOn("certmonger can not read the request's file."),
};

function notifications(event: string, text: string): Record<string, StateMeaning> {
  return {
    [`NEED_TO_NOTIFY_${event}`]: goesOn(`Will tell the administrator: ${text}.`),
    [`NOTIFYING_${event}`]: goesOn(`Tells the administrator: ${text}.`),
  };
}
