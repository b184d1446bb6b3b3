#!/usr/bin/env bash
# Try a helper under the real certmonger, apart from the system's own one.
#
#   scripts/lab/certmonger.sh [OPTIONS] -- HELPER [ARGUMENT...]
#
# Starts the installed certmonger on a private socket with all its files in one directory, adds a CA
# that runs HELPER, and opens a shell in which `getcert` talks to that daemon. Leaving the shell stops
# the daemon.
#
#   -c NAME   nickname of the CA (default Lab)
#   -r CMD    run CMD with sh instead of opening a shell; its exit status becomes ours
#   -w DIR    keep everything in DIR (default: a temporary directory, removed at the end)
#
# In the shell: $LAB is the directory, $CA the nickname; $LAB/daemon.log is the daemon's log, and
# $LAB/trace has one directory for each run of the helper.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

usage() { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; }
fail() { echo "certmonger.sh: $*" >&2; exit 69; }

LAB='' CA=Lab command=''
while getopts 'c:r:w:h' option; do
  case $option in
    c) CA=$OPTARG ;;
    r) command=$OPTARG ;;
    w) LAB=$OPTARG ;;
    h) usage; exit 0 ;;
    *) usage >&2; exit 64 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || { usage >&2; exit 64; }
# The daemon is in /usr/sbin, which Debian does not give to users that are not root.
PATH="$PATH:/usr/sbin:/sbin"
for tool in certmonger getcert; do
  command -v "$tool" >/dev/null || fail "$tool is not installed: apt-get install certmonger"
done

# certmonger splits the helper's command line by rules of its own, and runs it in /. A word in single
# quotes means itself; a helper's path must be absolute.
quoted=''
helper=$(command -v "$1") || fail "$1 is not a program"
helper=$(realpath -s "$helper")
shift
for word in "$helper" "$@"; do
  case $word in *\'*) fail "a word with a single quote in it: $word" ;; esac
  quoted="$quoted '$word'"
done

keep=${LAB:+yes}
[ -n "$LAB" ] || LAB=$(mktemp -d)
mkdir -p "$LAB"
LAB=$(cd "$LAB" && pwd)

daemon=''
stop() {
  if [ -n "$daemon" ]; then
    kill "$daemon" 2>/dev/null || true
    # It waits for helpers that still run; after ten seconds they are ended with it.
    for _ in $(seq 200); do kill -0 "$daemon" 2>/dev/null || break; sleep 0.05; done
    kill -KILL -- "-$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
  fi
  [ -n "$keep" ] || rm -rf "$LAB"
}
trap stop EXIT
trap 'exit 130' INT TERM

setsid "$here/certmonger/daemon.sh" "$LAB" </dev/null >>"$LAB/daemon.log" 2>&1 &
daemon=$!
for _ in $(seq 200); do
  [ ! -S "$LAB/socket" ] || break
  kill -0 "$daemon" 2>/dev/null || break
  sleep 0.05
done
[ -S "$LAB/socket" ] || { cat "$LAB/daemon.log" >&2; fail "the daemon did not start"; }

export LAB CA CERTMONGER_PVT_ADDRESS="unix:path=$LAB/socket" CERTMONGER_CONFIG_DIR="$LAB/config"
getcert list-cas -c "$CA" 2>/dev/null | grep -q "^CA " ||
  getcert add-ca -c "$CA" -e "'$here/certmonger/trace-helper.sh' '$LAB'$quoted" >/dev/null

if [ -n "$command" ]; then
  status=0
  sh -c "$command" || status=$?
  exit "$status"
fi
cat <<END
certmonger runs privately in $LAB, and the CA "$CA" is this helper. For example:

  getcert request -c $CA -I web -N CN=www.example.test -D www.example.test \\
      -k \$LAB/web.key -f \$LAB/web.crt -F \$LAB/roots.pem -w
  getcert list

Leave the shell to stop the daemon.
END
"${SHELL:-/bin/sh}" || true
