#!/bin/bash
# Record golden files of the helper protocol from the certmonger that is installed here.
#
#   scripts/record-wire.sh [DIRECTORY]           (default: test/fixtures/wire)
#
# Starts the stock daemon on a private socket in a temporary directory, lets it run a helper that writes down what it was
# given, and takes it through new requests, polling, renewal and rekey; then runs the stock helpers by themselves.
# Of each run it keeps
#
#   NAME.env      the environment in the order received; further lines of a value start with a tab
#   NAME.stdout   all that was printed
#   NAME.status   the exit status
#
# The directory is rewritten as a whole. Paths of this machine become /lab; keys, certificates and times are new
# each time. Needs certmonger, certutil and openssl, and no root.
set -eEu

out=${1:-$(dirname "$0")/../test/fixtures/wire}
mkdir -p "$out"
out=$(cd "$out" && pwd)
for tool in certmonger getcert certutil openssl; do
  command -v "$tool" >/dev/null || { echo "record-wire: $tool is not installed" >&2; exit 1; }
done
helpers=/usr/lib/certmonger
[ -d "$helpers" ] || helpers=/usr/libexec/certmonger

lab=$(mktemp -d)
daemon=
cleanup() {
  [ -z "$daemon" ] || { kill "$daemon" && wait "$daemon"; } 2>/dev/null || true
  rm -rf "$lab"
}
trap cleanup EXIT
trap 'echo "record-wire: line $LINENO: a command failed" >&2' ERR
mkdir -m 700 "$lab"/{config,requests,cas,local,tmp,keys,nss,ca,raw}
printf '[defaults]\nnotification_method=none\n' > "$lab/config/certmonger.conf"

# The CA behind the recording helper: a root and an intermediate.
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$lab/ca/root.key" -out "$lab/ca/root.pem" -days 3650 \
  -subj '/O=Lab/CN=Lab Root' 2>/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$lab/ca/sub.key" -out "$lab/ca/sub.pem" -days 3000 \
  -subj '/O=Lab/CN=Lab Intermediate' -CA "$lab/ca/root.pem" -CAkey "$lab/ca/root.key" 2>/dev/null

# $lab/name: what to call the next recordings. $lab/answer: how to answer SUBMIT and POLL.
cat > "$lab/recorder" <<'RECORDER'
#!/bin/sh
# recorder LAB: write down the environment, answer, write down the answer.
lab=$1
operation=$(printf %s "$CERTMONGER_OPERATION" | tr 'A-Z' 'a-z')
name=$operation
case $operation in
  submit|poll) name=$(cat "$lab/name")-$operation ;;
  # The CA called "Lab SCEP" answers what the other does not; of its answers only those are kept.
  fetch-scep-*) [ "$CERTMONGER_CA_NICKNAME" = "Lab SCEP" ] || exit 6 ;;
  *) [ "$CERTMONGER_CA_NICKNAME" = Lab ] || exit 6 ;;
esac
answer=$(cat "$lab/answer")
[ "$answer" = scep ] && [ -n "$CERTMONGER_PKCSREQ" ] && name=$name-with-messages
cat "/proc/$$/environ" > "$lab/raw/$name.env"
issue() {
  printf %s "$CERTMONGER_CSR" > "$lab/ca/csr.$$"
  openssl x509 -req -in "$lab/ca/csr.$$" -CA "$lab/ca/sub.pem" -CAkey "$lab/ca/sub.key" -days 365 \
    -set_serial "0x$(openssl rand -hex 8)" -copy_extensions copy 2>/dev/null
  cat "$lab/ca/sub.pem"
}
reply() {
  case $operation:$answer in
    identify:*) echo "Recorder 1.0" ;;
    fetch-roots:*) echo "Lab Root"; cat "$lab/ca/root.pem" ;;
    get-supported-templates:*) printf 'web\nuser\n' ;;
    get-default-template:*) echo web ;;
    get-new-request-requirements:*) printf 'CERTMONGER_REQ_SUBJECT\nCERTMONGER_REQ_HOSTNAME\n' ;;
    get-renew-request-requirements:*) echo CERTMONGER_REQ_SUBJECT ;;
    fetch-scep-ca-caps:*) printf 'SHA-256\nRenewal\nAES\n' ;;
    fetch-scep-ca-certs:*) cat "$lab/ca/sub.pem" "$lab/ca/root.pem" ;;
    submit:wait) printf '0\norder=7&step=1\n'; return 5 ;;
    submit:wait-lines) printf '0\nfirst line\n\nthird line\n'; return 5 ;;
    submit:reject) echo 'the lab says no'; return 2 ;;
    submit:scep) [ -n "$CERTMONGER_PKCSREQ" ] || return 16; issue ;;
    submit:*|poll:*) issue ;;
    *) return 6 ;;
  esac
}
reply > "$lab/raw/$name.stdout"
status=$?
echo "$status" > "$lab/raw/$name.status"
cat "$lab/raw/$name.stdout"
exit "$status"
RECORDER
chmod 700 "$lab/recorder"

export CERTMONGER_PVT_ADDRESS="unix:path=$lab/socket" CERTMONGER_CONFIG_DIR="$lab/config"
env -u CERTMONGER_PVT_ADDRESS CERTMONGER_REQUESTS_DIR="$lab/requests" CERTMONGER_CAS_DIR="$lab/cas" \
  CERTMONGER_LOCAL_CA_DIR="$lab/local" CERTMONGER_SYSTEM_LOCK_FILE="$lab/lock" CERTMONGER_TMPDIR="$lab/tmp" LANG=C.UTF-8 \
  certmonger -L -P "$lab/socket" -n -d 3 -p "$lab/pid" >/dev/null 2>"$lab/log" </dev/null &
daemon=$!

# Look again until a command succeeds; the daemon itself works in steps of up to 5 s.
until_true() {
  for _ in $(seq 600); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done
  echo "record-wire: gave up waiting for: $*" >&2
  tail -n 20 "$lab/log" >&2
  exit 1
}
reached() { getcert list -i "$1" | grep -q "status: $2\$"; }
# getcert, which complains on stdout
ask() { output=$(getcert "$@" 2>&1) || { echo "record-wire: getcert $*: $output" >&2; return 1; }; }
recorded() { [ -s "$lab/raw/$1.status" ]; }

# request NAME ANSWER STATE ARGUMENT...: one new request of the CA $ca, to the end
request() {
  name=$1 answer=$2 state=$3
  shift 3
  echo "$name" > "$lab/name"
  echo "$answer" > "$lab/answer"
  ask request -I "$name" -c "$ca" "$@"
  until_true reached "$name" "$state"
}
# again NAME VERB REQUEST: renew or rekey what is there
again() {
  echo "$1" > "$lab/name"
  echo issue > "$lab/answer"
  ask "$2" -i "$3" -w
  until_true recorded "$1-submit"
  until_true reached "$3" MONITORING
}
file() { printf -- '-k\n%s\n-f\n%s\n' "$lab/keys/$1.key" "$lab/keys/$1.pem"; }

until_true getcert list
echo none > "$lab/name"
echo issue > "$lab/answer"
for ca in Lab 'Lab SCEP'; do ask add-ca -c "$ca" -e "'$lab/recorder' '$lab'"; done
for query in identify fetch-roots get-supported-templates get-default-template get-new-request-requirements \
  get-renew-request-requirements fetch-scep-ca-caps fetch-scep-ca-certs; do
  until_true recorded "$query"
done
# New data of a CA restarts its requests: one request that is not kept gives the data time to arrive.
ca=Lab
mapfile -t at < <(file first)
request first issue MONITORING "${at[@]}" -G ec -g 256 -N CN=first.example.test
rm "$lab"/raw/first-*

names=(-N 'CN=www.example.test,O=Lab' -D www.example.test -D alt.example.test -E web@example.test -E admin@example.test
  -K HTTP/www.example.test@EXAMPLE.TEST -K host/www.example.test@EXAMPLE.TEST -A 192.0.2.1 -A 2001:db8::1 -T web -X sub-ca)
mapfile -t at < <(file rsa)
request rsa-file issue MONITORING "${at[@]}" "${names[@]}"
again renewal resubmit rsa-file
again rekey rekey rsa-file
mapfile -t at < <(file ec)
request ec-file issue MONITORING "${at[@]}" -G ec -g 256 -N CN=ec.example.test
certutil -N -d "sql:$lab/nss" --empty-password
request rsa-nss issue MONITORING -d "sql:$lab/nss" -n web "${names[@]}"
mapfile -t at < <(file poll)
request one-line-cookie wait MONITORING "${at[@]}" -G ec -g 256 -N CN=poll.example.test
mapfile -t at < <(file lines)
request three-line-cookie wait-lines MONITORING "${at[@]}" -G ec -g 256 -N CN=lines.example.test
mapfile -t at < <(file reject)
request rejected reject CA_REJECTED "${at[@]}" -G ec -g 256 -N CN=no.example.test
mapfile -t at < <(file scep)
ca='Lab SCEP'
request scep-rsa scep MONITORING "${at[@]}" -N CN=scep.example.test -D scep.example.test

# run NAME HELPER ARGUMENT... with the variables of the array `given`: one run of a stock helper by itself
given=()
run() {
  name=$1
  shift
  status=0
  (cd / && env -i HOME=/nonexistent PATH=/usr/bin:/bin:/usr/sbin:/sbin SHELL=/bin/sh TERM=dumb LC_CTYPE=C.UTF-8 \
    "${given[@]}" sh -c 'cat /proc/$$/environ > "$0" && exec "$@" <&-' "$lab/raw/$name.env" "$@") \
    > "$lab/raw/$name.stdout" 2>/dev/null || status=$?
  echo "$status" > "$lab/raw/$name.status"
}
# The variables of a recorded run, as arguments for env.
given_of() { mapfile -d '' -t given < <(grep -z '^CERTMONGER_' "$lab/raw/$1.env"); }

local_submit=("$helpers/local-submit" -d "$lab/local-submit")
mkdir -m 700 "$lab/local-submit"
for operation in IDENTIFY GET-SUPPORTED-TEMPLATES GET-DEFAULT-TEMPLATE GET-NEW-REQUEST-REQUIREMENTS \
  GET-RENEW-REQUEST-REQUIREMENTS FETCH-SCEP-CA-CAPS FETCH-SCEP-CA-CERTS FETCH-ROOTS; do
  given=("CERTMONGER_OPERATION=$operation" CERTMONGER_CA_NICKNAME=Lab)
  run "local-submit-$(tr 'A-Z' 'a-z' <<<"$operation")" "${local_submit[@]}"
done
for recording in rsa-file-submit renewal-submit rekey-submit ec-file-submit one-line-cookie-poll; do
  given_of "$recording"
  run "local-submit-$recording" "${local_submit[@]}"
done
given_of rsa-file-submit
for index in "${!given[@]}"; do
  case ${given[index]} in CERTMONGER_OPERATION=*) unset "given[index]" ;; esac
done
run local-submit-operation-unset "${local_submit[@]}"
given=(CERTMONGER_OPERATION=submit)
run local-submit-without-csr "${local_submit[@]}"
given=(CERTMONGER_OPERATION=SUBMIT CERTMONGER_CSR=nonsense)
run local-submit-broken-csr "${local_submit[@]}"
for helper in local-submit dogtag-submit scep-submit ipa-submit; do
  given=(CERTMONGER_OPERATION=FETCH-THE-FUTURE)
  run "$helper-unknown-operation" "$helpers/$helper"
  given=(CERTMONGER_OPERATION=IDENTIFY)
  run "$helper-identify" "$helpers/$helper"
done
for helper in dogtag-submit scep-submit; do
  given_of rsa-file-submit
  run "$helper-unconfigured" "$helpers/$helper"
done

# Into place: values on lines of their own, paths of this machine out.
rm -f "$out"/*.env "$out"/*.stdout "$out"/*.status
for recording in "$lab"/raw/*.env; do
  name=$(basename "$recording" .env)
  sed -z 's/\n/\n\t/g' "$recording" | tr '\0' '\n' | sed "s|$lab|/lab|g" > "$out/$name.env"
  cp "$lab/raw/$name.stdout" "$out/$name.stdout"
  cp "$lab/raw/$name.status" "$out/$name.status"
done
echo "$(certmonger -v 2>&1): $(find "$out" -name '*.env' | wc -l) recordings in $out"
