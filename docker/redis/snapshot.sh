#!/bin/sh
# snapshot.sh FILE: what a server of $SERVERS holds at one moment, as a file that redis-server reads. Of a replica: it has the time, and
# Sentinels would take whoever copies the primary for a new replica. Of the primary only where it is the one server there is.
set -eu
trap 'exit 143' TERM INT
. "$(dirname "$0")/server.sh"
ADDRESSES=$(for each in $SERVERS; do echo "$each $each"; done)

candidate() { # a server to copy, or nothing
  for each in $SERVERS; do
    case "$(ask "$each" 6379 info replication)" in
      *role:slave*master_link_status:up*) echo "$each"; return ;;
      *role:master*) [ "$each" != "$SERVERS" ] || echo "$each" ;;
    esac
  done
}

# For half a minute and more: until then DNS may say that there is no such name, the servers' network policies may not know of a new
# pod, or the Sentinels are about to promote another.
tries=10
until server=$(candidate) && [ -n "$server" ]; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || { log "none of $SERVERS can be copied: there is no replica that follows" >&2; exit 1; }
  sleep 4
done
log "copying $server"
redis-cli --user replication --askpass $THERE -h "$server" --rdb "$1" <"$SECRETS/replication-password" >/dev/null
# What broke off is no copy, whatever the client said.
redis-check-rdb "$1" >/dev/null
