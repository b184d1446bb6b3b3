#!/usr/bin/env bash
# Run a command in a lab that is up, as if on client.example.test, in the current directory.
#   scripts/lab/kerberos/run.sh DIR CMD [ARGUMENT...]
# Inside, /etc/krb5.conf, /etc/krb5.keytab and /etc/ipa are the client's. $LAB is DIR.
set -eu
[ $# -ge 2 ] || { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2; exit 64; }
LAB=$(cd "$1" && pwd)
export LAB
shift
outer=$(cat "$LAB/run/outer.pid" 2>/dev/null) || { echo "run.sh: no lab is up in $LAB" >&2; exit 69; }
inner=$(cat "/proc/$outer/task/$outer/children")
# shellcheck disable=SC2016 # for the inner shell
exec nsenter --target "${inner%% *}" --net --mount --uts --pid -- \
  sh -c 'cd "$1" && shift && exec "$@"' run.sh "$PWD" "$@"
