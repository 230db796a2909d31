#!/bin/sh
# worker-alive SECONDS: fails when process 1, a queue worker, has slept for longer than this without waking once. Waiting for jobs it
# wakes every few seconds, and a job may not last as long: so it hangs, for instance in a connection whose other end is gone.
set -eu
seen=0 since=0
if [ -e /tmp/worker-alive ]; then read -r seen since </tmp/worker-alive; fi
wakes=$(awk '$1 == "voluntary_ctxt_switches:" { print $2 }' /proc/1/status)
now=$(cut -d . -f 1 /proc/uptime)
if [ "$wakes" != "$seen" ]; then
  echo "$wakes $now" >/tmp/worker-alive
elif [ $((now - since)) -gt "$1" ]; then
  echo "worker-alive: process 1 has slept for $((now - since)) s"
  exit 1
fi
