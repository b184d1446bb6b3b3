#!/bin/sh
# Runs the installed certmonger in the foreground, apart from the system's own one.
#
#   daemon.sh DIR        listen on the private socket DIR/socket
#   daemon.sh DIR bus    connect to the private bus that `bus.sh DIR` runs
#
# Everything the daemon reads or writes lies below DIR; its log goes to stderr. A file DIR/clock with
# an offset such as "-340d" sets the clock of the daemon, and through trace-helper.sh that of the
# helpers, by libfaketime.
set -eu
umask 077
directory=$1

for name in config requests cas local tmp trace; do mkdir -p "$directory/$name"; done
[ -e "$directory/config/certmonger.conf" ] ||
  printf '[defaults]\nnotification_method=none\n' >"$directory/config/certmonger.conf"

export CERTMONGER_CONFIG_DIR="$directory/config"
export CERTMONGER_REQUESTS_DIR="$directory/requests"
export CERTMONGER_CAS_DIR="$directory/cas"
export CERTMONGER_LOCAL_CA_DIR="$directory/local"
export CERTMONGER_SYSTEM_LOCK_FILE="$directory/lock"
export CERTMONGER_TMPDIR="$directory/tmp"
# certmonger hands these on to its helpers, who have no use for them here.
unset CERTMONGER_PVT_ADDRESS DBUS_SESSION_BUS_ADDRESS

if [ "${2:-socket}" = bus ]; then
  export DBUS_SYSTEM_BUS_ADDRESS="unix:path=$directory/bus"
  set -- -S
else
  # The socket of a daemon that was killed would look like a running one.
  rm -f "$directory/socket"
  set -- -L -P "$directory/socket"
fi
. "$(dirname "$0")/clock.sh"
exec certmonger "$@" -n -d 3 -p "$directory/pid"
