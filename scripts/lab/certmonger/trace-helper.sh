#!/bin/sh
# Runs a helper unchanged and keeps what certmonger gave it and what it answered.
#
#   trace-helper.sh DIR HELPER [ARGUMENT...]
#
# Each run is a directory DIR/trace/START.PID (START in nanoseconds) that appears when the run is over:
#   environment  NAME=VALUE, each ended by a NUL      stdout, stderr  as written
#   times        start and end, nanoseconds           status          the exit status
directory=$1
shift
start=$(date +%s%N)
run=$directory/trace/$start.$$
mkdir -p "$run.running"
cat "/proc/$$/environ" >"$run.running/environment"
(
  . "$(dirname "$0")/clock.sh"
  exec "$@"
) >"$run.running/stdout" 2>"$run.running/stderr"
status=$?
echo "$status" >"$run.running/status"
echo "$start $(date +%s%N)" >"$run.running/times"
mv "$run.running" "$run"
cat "$run/stderr" >&2
cat "$run/stdout"
exit "$status"
