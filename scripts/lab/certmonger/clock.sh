# Sourced with $directory set: puts the rest of this process on the lab's clock, if it has one of its own.
if [ -s "$directory/clock" ]; then
  for library in /usr/lib/*/faketime/libfaketime.so.1; do
    [ -e "$library" ] || { echo "no libfaketime: install the package faketime" >&2; exit 69; }
    export LD_PRELOAD="$library"
  done
  FAKETIME=$(cat "$directory/clock")
  # Timers run on the monotonic clock, which stays true.
  export FAKETIME FAKETIME_DONT_FAKE_MONOTONIC=1
fi
