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
# A task in the background (->runInBackground()) is nobody's child any more, and ends with process 1.
others() { for process in /proc/[0-9]*; do [ "$process" = /proc/1 ] || return 0; done; return 1; }
while [ $$ -eq 1 ] && others; do sleep 1; done
