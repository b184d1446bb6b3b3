#!/usr/bin/env bash
# Stop what up.sh started in DIR; its files stay.
#   scripts/lab/kerberos/down.sh DIR
set -eu
pid_file="${1:?the directory of the lab}/run/outer.pid"
[ -e "$pid_file" ] || exit 0
outer=$(cat "$pid_file")
rm -f "$pid_file"
# A number may have been given to another process since; the lab's own names its world.sh.
grep -qs world.sh "/proc/$outer/cmdline" || exit 0
# unshare takes no notice of a friendlier signal while it waits; its child goes with it, and so does every server.
kill -KILL "$outer"
for _ in $(seq 100); do kill -0 "$outer" 2>/dev/null || exit 0; sleep 0.05; done
