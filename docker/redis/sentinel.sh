#!/bin/sh
# sentinel.sh FILE: a Sentinel with this file. What it has learned is kept on its volume; settings and passwords are the present ones.
# With an empty volume it asks the other Sentinels who is primary, then the servers; where nobody knows, the set is new and begins
# with its first server.
set -eu
trap 'exit 143' TERM INT
. "$(dirname "$0")/server.sh"
state=/data/sentinel.conf

learn_addresses
known=$(grep -E '^sentinel (myid|config-epoch|leader-epoch|current-epoch|known-replica|known-sentinel) ' "$state" 2>/dev/null || true)
monitor=$(grep -E '^sentinel monitor ' "$state" 2>/dev/null || true)
if [ -n "$monitor" ] && [ -z "$(name_of "$(echo "$monitor" | cut -d ' ' -f 4)")" ]; then
  log "forgetting what was learned: it is of Services that are gone, and these have other addresses"
  known= monitor=
fi
if [ -z "$monitor" ]; then
  primary=$(for sentinel in $(others "$SENTINELS"); do primary_by "$sentinel"; done | head -n 1)
  [ -n "$primary" ] || primary=$(primary_among "$SERVERS")
  [ -n "$primary" ] || primary=${SERVERS%% *}
  log "nothing learned yet: $primary is primary"
  monitor="sentinel monitor $PRIMARY_NAME $(address_of "$primary") 6379 $QUORUM"
fi
# Every other server, once there is a replica: a Sentinel that has not met one yet would neither promote it nor make it follow. Not
# before: the first server of a new set starts with an empty volume because nobody has followed it.
replicas() {
  case "$known" in
    *known-replica*) ;;
    *) [ -n "$(replicas_known)" ] || [ -n "$(primary_among "$SERVERS")" ] || return 0 ;;
  esac
  for server in $SERVERS; do
    address=$(address_of "$server")
    case "$monitor" in *" $address "*) ;; *) echo "sentinel known-replica $PRIMARY_NAME $address 6379" ;; esac
  done
}
umask 077
users=$(users "${1%.conf}.acl")
password=$(quoted sentinel)
encryption=$(encryption)
{
  cat "$1"
  cat <<CONFIGURATION
$encryption
$users
sentinel announce-ip $(address_of "$HOSTNAME")
sentinel sentinel-user sentinel
sentinel sentinel-pass "$password"
$monitor
sentinel auth-user $PRIMARY_NAME sentinel
sentinel auth-pass $PRIMARY_NAME "$password"
sentinel down-after-milliseconds $PRIMARY_NAME $DOWN_AFTER_MILLISECONDS
sentinel failover-timeout $PRIMARY_NAME $FAILOVER_TIMEOUT_MILLISECONDS
sentinel parallel-syncs $PRIMARY_NAME 1
$(replicas)
$(echo "$known" | grep -v known-replica)
CONFIGURATION
} >"$state.new"
mv "$state.new" "$state"
keep_certificate restart
exec redis-server "$state" --sentinel
