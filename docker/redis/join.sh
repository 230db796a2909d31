#!/bin/sh
# join.sh FILE [OPTION VALUE]...: a server of the set that Sentinels watch, with this file and these options. It asks who is primary
# before it starts, for a server that returns as a second primary takes writes that are then thrown away. What most Sentinels say
# counts; when too few answer, a primary that runs. A primary that ended waits until they have another, where there is one; when they have
# none after half a minute and more, they cannot. An empty volume never becomes the source of the others' data.
set -eu
# As process 1 a shell without a trap ignores the stop signal.
trap 'exit 143' TERM INT
. "$(dirname "$0")/server.sh"

primary_by_most() {
  for sentinel in $SENTINELS; do primary_by "$sentinel"; done | sort | uniq -c | awk '$1 >= 2 { print $2 }'
}

# Whether there is a server that could be promoted instead of this one, or has been, which Sentinels say a second later. Those that have
# begun to do so do not stop when this one answers again: then there would be two primaries until they make a replica of it, ten seconds
# of writes that are thrown away.
replaceable() { for each in $(others "$SERVERS"); do ask "$each" 6379 info replication; done | grep -q '^role:'; }

learn_addresses
waited=0
while :; do
  primary=$(primary_by_most)
  [ -n "$primary" ] || primary=$(primary_among "$(others "$SERVERS")")
  if [ -z "$primary" ]; then
    once 'waiting: neither two Sentinels nor another server say who is primary'
  elif [ "$primary" != "$HOSTNAME" ]; then
    log "starting as replica of $primary"
    exec sh "$(dirname "$0")/start.sh" "$@" --replicaof "$(address_of "$primary")" 6379 --replica-announce-ip "$(address_of "$HOSTNAME")"
  elif [ -e /data/appendonlydir ] && [ "$waited" -lt 30 ] && replaceable; then
    once 'waiting: the Sentinels will promote another server'
    waited=$((waited + 1))
  elif [ -e /data/appendonlydir ] || [ -z "$(replicas_known)" ]; then
    # Servers that are gone take two seconds each to say nothing, in which the Sentinels may have promoted another.
    [ "$(primary_by_most)" = "$HOSTNAME" ] || continue
    log 'starting as primary'
    exec sh "$(dirname "$0")/start.sh" "$@" --replica-announce-ip "$(address_of "$HOSTNAME")"
  else
    once 'waiting: this server is named primary and its volume is empty; the Sentinels will choose a replica that has the data'
  fi
  sleep 1
done
