#!/bin/sh
# Runs Laravel's schedule at the start of every minute, and lets what is running finish when it is told to stop.
# `artisan schedule:work` has no signal handler: as process 1 it ignores the stop signal until it is killed.
stop=
trap 'stop=1; kill "$sleeper" 2>/dev/null' TERM QUIT INT

while [ -z "$stop" ]; do
  sleep $((60 - $(date +%s) % 60)) &
  sleeper=$!
  # A signal may have come before there was a sleeper to end.
  [ -z "$stop" ] || kill "$sleeper" 2>/dev/null
  wait "$sleeper"
  [ -n "$stop" ] || php artisan schedule:run --no-ansi &
done

# A second signal must not end this wait.
trap '' TERM QUIT INT
wait
