/** What is to be seen of a case from outside. */
export interface Outcome {
  readonly states: readonly string[];
  readonly state: string | undefined;
  readonly isStuck: boolean | undefined;
  readonly caError: string | undefined;
  /** SUBMIT and POLL in their order, each with its cookie in hexadecimal. */
  readonly calls: readonly string[];
  /** The questions about the CA, by name; only of a case that has a CA of its own, as `ca`. */
  readonly questions: readonly string[];
  /** File → how many certificates (or keys) are in it. */
  readonly files: Readonly<Record<string, number>>;
  /** What the daemon knows of the CA. */
  readonly ca: Readonly<Record<string, unknown>>;
}

/** How a request with a new key comes to its CA. */
const toSubmitting = [
  ...["NEWLY_ADDED_START_READING_KEYINFO", "NEWLY_ADDED_READING_KEYINFO", "NEWLY_ADDED_START_READING_CERT"],
  ...["NEWLY_ADDED_READING_CERT", "NEWLY_ADDED_DECIDING", "NEED_KEY_PAIR", "GENERATING_KEY_PAIR"],
  ...["HAVE_KEY_PAIR", "NEED_KEYINFO", "READING_KEYINFO", "HAVE_KEYINFO", "NEED_CSR", "GENERATING_CSR"],
  ...["HAVE_CSR", "NEED_TO_SUBMIT", "SUBMITTING"],
];

/** A helper that answers in one way, and what becomes of a request that goes to it. */
export interface Case {
  readonly name: string;
  /** What the helper does for SUBMIT, in the shell of play-a-case.sh. Default: signs. */
  readonly submit?: string;
  /** For POLL; default: as for SUBMIT. */
  readonly poll?: string;
  /** For questions about the CA: operation → shell. */
  readonly data?: Readonly<Record<string, string>>;
  /** Another helper command than the script; `%` is the case's directory. */
  readonly command?: string;
  /** Default: EC. */
  readonly keyType?: "RSA" | "EC";
  /** Where the request comes to rest; default: where it stays for longer than a test. */
  readonly until?: string;
  /** It has a pause of half a minute on its way. */
  readonly isSlow?: boolean;
  /** The daemon tries again and again: nobody waits for an end. */
  readonly isEndless?: boolean;
  /** Where ours differs from certmonger on purpose, and why; the rest must be the same. */
  readonly difference?: { readonly why: string; readonly ours: Partial<Outcome> };
}

/** Ours shows in `getcert list` what certmonger only writes into its log. */
const onlyLogged = (caError: string) => ({ why: "certmonger tells its log alone", ours: { caError } });

const statuses: Case[] = [
  { name: "issued without output", submit: "exit 0" },
  { name: "wait without output", submit: "exit 1" },
  { name: "wait with an empty line", submit: "echo; exit 1" },
  { name: "wait with a cookie", submit: "echo cookie; exit 1" },
  { name: "wait with a cookie without a line end", submit: "printf order-7; exit 1" },
  { name: "wait with a cookie of three lines", submit: "printf 'one\\ntwo\\r\\n\\nthree\\n'; exit 1" },
  { name: "rejected with a message", submit: "echo 'not today'; exit 2" },
  { name: "rejected without a message", submit: "exit 2" },
  { name: "rejected with several lines", submit: "echo 'first line'; echo second; exit 2" },
  { name: "unreachable with a message", submit: "echo 'nobody there'; exit 3" },
  { name: "unreachable without a message", submit: "exit 3" },
  { name: "unconfigured with a message", submit: "echo 'no keytab'; exit 4" },
  { name: "unconfigured without a message", submit: "exit 4" },
  { name: "operation not supported", submit: "exit 6" },
  { name: "operation not supported, with a message", submit: "echo six; exit 6" },
  {
    name: "needs another key, once",
    submit: '[ "$count" = 1 ] && exit 17; leaf',
    until: "MONITORING",
    isSlow: true,
  },
  { name: "an unknown status", submit: "echo what; exit 7" },
  { name: "a high unknown status", submit: "echo what; exit 99" },
  { name: "killed by SIGKILL", submit: "kill -9 $$" },
  { name: "killed by SIGTERM after a message", submit: "echo text; kill -15 $$" },
  {
    name: "rejected at the poll",
    submit: "printf '1\\nc\\n'; exit 5",
    poll: "echo no; exit 2",
    until: "CA_REJECTED",
  },
  {
    name: "unreachable at the poll",
    submit: "printf '1\\nc\\n'; exit 5",
    poll: "echo gone; exit 3",
    until: "CA_UNREACHABLE",
  },
  { name: "needs SCEP messages", submit: "exit 16" },
  { name: "needs SCEP messages for an RSA key", submit: "exit 16", keyType: "RSA" },
  {
    name: "needs another key, with a message",
    submit: '[ "$count" = 1 ] && { echo again; exit 17; }; leaf',
    until: "MONITORING",
    isSlow: true,
  },
  {
    name: "a helper that is not there",
    command: "/nonexistent/helper",
    until: "NEED_TO_SUBMIT",
    isEndless: true,
    difference: onlyLogged("no such file: /nonexistent/helper"),
  },
  {
    name: "a helper that may not be run",
    command: "/etc/passwd",
    until: "NEED_TO_SUBMIT",
    isEndless: true,
    difference: onlyLogged("not executable: /etc/passwd"),
  },
  {
    name: "a command with an open quote",
    command: "/bin/true 'open",
    difference: onlyLogged("Unmatched ': /bin/true 'open"),
  },
  { name: "a command that is empty words", command: '/bin/false "" x' },
];

const thenSigns = { poll: "leaf", until: "MONITORING" } as const;
const delays: Case[] = [
  { name: "a delay and a cookie", submit: "printf '1\\ncookie\\n'; exit 5", ...thenSigns },
  { name: "a delay alone", submit: `[ "$count" = 1 ] && { echo 1; exit 5; }; leaf`, until: "MONITORING" },
  { name: "a delay after a blank", submit: "printf ' 1\\nc\\n'; exit 5", ...thenSigns },
  { name: "a delay with a plus", submit: "printf '+1\\nc\\n'; exit 5", ...thenSigns },
  { name: "a delay before CRLF", submit: "printf '1\\r\\nc\\r\\n'; exit 5", ...thenSigns },
  { name: "an empty line for a delay", submit: "printf '\\nc\\n'; exit 5", ...thenSigns },
  { name: "a delay of an hour and a cookie", submit: "printf '3600\\norder-7\\n'; exit 5" },
  { name: "a delay of an hour alone", submit: "echo 3600; exit 5" },
  { name: "a delay of nothing", submit: "printf '0\\nc\\n'; exit 5", ...thenSigns },
  { name: "a negative delay", submit: "printf -- '-5\\nc\\n'; exit 5" },
  { name: "a delay in hexadecimal", submit: "printf '0x1\\nc\\n'; exit 5" },
  { name: "a delay before a blank", submit: "printf '1 \\nc\\n'; exit 5" },
  { name: "a delay with a unit", submit: "printf '1s\\nc\\n'; exit 5" },
  { name: "a word for a delay", submit: "printf 'soon\\nc\\n'; exit 5" },
  { name: "a delay without output", submit: "exit 5" },
  { name: "an escape code before the delay", submit: "printf '\\033[0m1\\nc\\n'; exit 5" },
];

const cookie = (text: string): Pick<Case, "submit" | "poll" | "until"> => ({
  submit: `printf '1\\n${text}'; exit 5`,
  ...thenSigns,
});
const cookies: Case[] = [
  { name: "a cookie without a line end", ...cookie("abc") },
  { name: "a cookie of two lines", ...cookie("one\\ntwo\\n") },
  { name: "a cookie of two lines without an end", ...cookie("one\\ntwo") },
  { name: "a cookie with CRLF inside", ...cookie("one\\r\\ntwo\\r\\n") },
  {
    name: "a cookie with an empty line inside",
    ...cookie("one\\n\\ntwo\\n"),
    difference: {
      why: "certmonger loses the empty line at its next start; ours loses it at once, so that a test sees it",
      ours: { calls: ["SUBMIT ", "POLL 6f6e650a74776f0a"] },
    },
  },
  { name: "a cookie in UTF-8", ...cookie("Gr\\303\\274\\303\\237e\\n") },
  { name: "a cookie with blanks and quotes", ...cookie('  a "b"  c \\n') },
  { name: "a cookie after empty lines", ...cookie("\\n\\nabc\\n") },
  { name: "a cookie that looks like a setting", ...cookie("=state=MONITORING\\n") },
];

const outputs: Case[] = [
  { name: "a leaf in PEM" },
  { name: "leaf and CA", submit: 'leaf; cat "$ca"' },
  { name: "CA before leaf", submit: 'cat "$ca"; leaf' },
  { name: "the leaf twice", submit: 'leaf; cat "$case/leaf.pem"' },
  { name: "DER", submit: 'sign; openssl x509 -in "$case/leaf.pem" -outform DER' },
  {
    name: "PKCS#7 in PEM",
    submit: 'sign; openssl crl2pkcs7 -nocrl -certfile "$case/leaf.pem" -certfile "$ca"',
  },
  {
    name: "PKCS#7 in DER",
    submit: 'sign; openssl crl2pkcs7 -nocrl -certfile "$case/leaf.pem" -certfile "$ca" -outform DER',
  },
  { name: "text around PEM", submit: "echo before; leaf; echo after" },
  { name: "PEM with CRLF", submit: "sign; sed 's/$/\\r/' \"$case/leaf.pem\"" },
  { name: "PEM without a last line end", submit: 'sign; printf %s "$(cat "$case/leaf.pem")"' },
  { name: "PEM with another label", submit: 'leaf | sed "s/CERTIFICATE/X509 CERTIFICATE/"' },
  { name: "not ASCII around PEM", submit: "printf 'f\\303\\274r\\n'; leaf" },
  { name: "JSON", submit: `sign; printf '{"certificate": "%s"}\\n' "$(one_line "$case/leaf.pem")"` },
  {
    name: "JSON with a chain",
    submit: `sign; printf '{"certificate": "%s", "chain": [{"certificate": "%s"}]}' "$(one_line "$case/leaf.pem")" "$(one_line "$ca")"`,
  },
  {
    name: "JSON with roots",
    submit: `sign; printf '{"certificate": "%s", "roots": [{"nickname": "R", "certificate": "%s"}], "more": 1}' "$(one_line "$case/leaf.pem")" "$(one_line "$ca")"`,
  },
  {
    name: "JSON, then words",
    submit: `sign; printf '{"certificate": "%s"}\\nhello\\n' "$(one_line "$case/leaf.pem")"`,
  },
  {
    name: "a PKCS#7 in JSON",
    submit: `sign; openssl crl2pkcs7 -nocrl -certfile "$case/leaf.pem" -out "$case/p7"; printf '{"certificate": "%s"}' "$(one_line "$case/p7")"`,
  },
  {
    name: "the CA alone",
    submit: 'cat "$ca"',
    difference: {
      why: "certmonger saves a certificate that belongs to another key; ours refuses it (enroll.key)",
      ours: {
        state: "NEED_GUIDANCE",
        isStuck: true,
        caError: "enroll.key: the certificate is for another key than the request's",
        states: [...toSubmitting, "NEED_GUIDANCE"],
        files: { "cert.pem": 0, "roots.pem": 0, "key.pem": 1 },
      },
    },
  },
  { name: "JSON without a certificate", submit: "echo '{}'" },
  { name: "JSON that is a list", submit: "echo '[]'" },
  { name: "words", submit: "echo hello" },
  { name: "an empty line", submit: "echo" },
];

const root = '{"nickname": "R", "certificate": "%s"}';
const rootsJson = (members: string) => `printf '${members}' "$(one_line "$ca")"`;
const answers: Case[] = [
  { name: "says what it is", data: { IDENTIFY: "echo 'A CA 1.0'" } },
  { name: "says what it is in two lines", data: { IDENTIFY: "echo 'A CA 1.0'; echo more" } },
  { name: "says nothing of what it is", data: { IDENTIFY: "exit 0" } },
  { name: "roots as text", data: { "FETCH-ROOTS": 'echo "Lab Root"; cat "$ca"' } },
  { name: "roots as JSON", data: { "FETCH-ROOTS": rootsJson(`{"roots": [${root}]}`) } },
  { name: "other roots as JSON", data: { "FETCH-ROOTS": rootsJson(`{"other-roots": [${root}]}`) } },
  { name: "other certificates as JSON", data: { "FETCH-ROOTS": rootsJson(`{"other": [${root}]}`) } },
  { name: "roots that are words", data: { "FETCH-ROOTS": "echo hello" } },
  { name: "no roots", data: { "FETCH-ROOTS": "exit 0" } },
  { name: "roots unreachable", data: { "FETCH-ROOTS": "echo later; exit 3" } },
  { name: "templates by line", data: { "GET-SUPPORTED-TEMPLATES": "printf 'a\\nb\\n'" } },
  { name: "templates by comma", data: { "GET-SUPPORTED-TEMPLATES": "echo a,b" } },
  {
    name: "templates twice and with CRLF",
    data: { "GET-SUPPORTED-TEMPLATES": "printf 'a\\r\\nb\\r\\na\\r\\n'" },
  },
  { name: "a default template", data: { "GET-DEFAULT-TEMPLATE": "echo web" } },
  {
    name: "requirements that are met",
    data: { "GET-NEW-REQUEST-REQUIREMENTS": "echo CERTMONGER_REQ_HOSTNAME" },
  },
  {
    name: "requirements by comma",
    data: { "GET-RENEW-REQUEST-REQUIREMENTS": "echo CERTMONGER_REQ_HOSTNAME,CERTMONGER_REQ_SUBJECT" },
  },
  { name: "requirements nobody knows", data: { "GET-NEW-REQUEST-REQUIREMENTS": "echo NONSENSE" } },
  { name: "SCEP capabilities", data: { "FETCH-SCEP-CA-CAPS": "printf 'POSTPKIOperation\\nSHA-256\\n'" } },
];

/** All cases; the request of each has its own CA. */
export const cases: readonly Case[] = [...statuses, ...delays, ...cookies, ...outputs, ...answers];
