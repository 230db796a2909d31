#!/usr/bin/env bash
# A dump of the database into the bucket, from the first usable server of $SERVERS. restic runs the dump itself: it makes a
# snapshot only when that ends well, so a broken dump is never there to be taken for a good one.
set -euo pipefail
folder=$(dirname "$0")
. "$folder/repository.sh"

usable() { # HOST: the primary, or a replica that follows closely
  local status lag
  status=$(server "$1" --vertical --column-names <<<'SHOW REPLICA STATUS') || return
  if [[ -z $status ]]; then
    # A server that a promotion left behind follows nobody either, and may hold what no other has; it is closed for writing.
    [[ $(server "$1" <<<'SELECT @@GLOBAL.read_only') == 0 ]] || { log "$1 is not used: it follows nobody and is not the primary"; return 1; }
    return
  fi
  lag=$(sed -n 's/^ *Seconds_Behind_Source: //p' <<<"$status")
  [[ $lag =~ ^[0-9]+$ && $lag -le 60 ]] || { log "$1 is not used: it is ${lag:-an unknown number of} s behind"; return 1; }
}

host=
for candidate in $SERVERS; do
  if usable "$candidate"; then
    host=$candidate
    break
  fi
done
[[ -n $host ]] || die "none of $SERVERS can be dumped"
repository dumps
began=$SECONDS
log "dumping $host"
locking backup --quiet --host="$NAMESPACE" --tag=dump --stdin-filename=dump.sql --stdin-from-command -- bash "$folder/dump.sh" "$host"
log "stored $(snapshots --tag=dump --latest=1 | cut -d ' ' -f 2) after $((SECONDS - began)) s"
