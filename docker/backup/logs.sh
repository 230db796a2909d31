#!/usr/bin/env bash
# logs.sh [MEBIBYTES]: stores what the primary has logged, every $SHIP_SECONDS. What is asked for is a set of transactions and no place in
# a file, so a promotion changes nothing. All that is known between two rounds, or two pods, lies in the bucket: `executed`, the set that is stored.
#
# /spool/logs/executed, checked          what all pieces hold together; when that was last all that the primary had
# /spool/logs/PIECE/000001/from, to, …   what was stored before, what is stored with it, and binary logs with the difference
set -uo pipefail
. "$(dirname "$0")/repository.sh"
logs=/spool/logs
checked=
# A round fetches so much, and what it has begun of the file after: what was logged while nobody could store may be more than fits the disk.
most=${1:-1024}

ask() { server "$HOST" --execute="$1"; }

# What was fetched in part leaves `checked` as it was stored last: a restore takes it for the moment up to which nothing is missing.
store() { # GTIDS: what is stored then
  local now=${asked:-$checked}
  printf '%s' "$1" >"$logs/executed"
  rm -f "$logs/checked"
  [[ -z $now ]] || printf '%s' "$now" >"$logs/checked"
  access_key
  locking backup --quiet --host="$NAMESPACE" --tag="logs,piece-$piece" "$logs" || { (unlock); return 1; }
  checked=$now
  [[ -z $asked ]] || stored_at=$SECONDS
}

# A piece is what one pod stored in a day, or less: each snapshot holds all of it, so it must stay small.
begin_piece() {
  rm -rf "$logs"/20*
  piece=$(date -u +%Y%m%dT%H%M%SZ)
  piece_began=$SECONDS
  number=0
  mkdir -p "$logs/$piece"
}

resume() {
  local last
  # In a shell of its own, which ends when that fails.
  (repository logs) || return
  export RESTIC_REPOSITORY=$BUCKET/logs
  last=$(snapshots --tag=logs --latest=1 --group-by=host | tail -n 1 | cut -d ' ' -f 2) || return
  if [[ -n $last ]]; then
    stored=$(restic --no-lock dump "$last" "$logs/executed") || return
    log "resuming after ${stored:-nothing}"
  else
    # A dump is only of use with the logs that follow it, and there is none yet.
    stored=$(ask "SELECT REPLACE(@@GLOBAL.gtid_executed, '\n', '')") || return
    log "beginning after ${stored:-nothing}"
  fi
}

# fetch FOLDER: what is logged after $stored. Is there too much of it, whole files, and the set that they end with instead of `executed`.
fetch() {
  local reader files=() before
  # Without a file's name the server finds the place of a set by itself; with one it would read all that follows that file.
  timeout 3600 mysqlbinlog --defaults-extra-file=<(client_options) --host="$HOST" --read-from-remote-source=BINLOG-DUMP-GTIDS \
    --exclude-gtids="$stored" --raw --to-last-log --connection-server-id="$SERVER_ID" --result-file="$1/" '' &
  reader=$!
  while kill -0 $reader 2>/dev/null && ! too_much "$1"; do sleep 0.2; done
  if ! too_much "$1"; then
    wait $reader
    return
  fi
  kill $reader 2>/dev/null
  wait $reader
  files=("$1"/*)
  while [[ ${#files[@]} -gt 1 ]]; do
    # The last one is half of a file, of which even the first lines may not be there yet.
    before=$(previous_gtids "${files[-1]}")
    rm "${files[-1]}"
    unset 'files[-1]'
    if [[ -n $before ]]; then
      executed=$before asked=
      log "${#files[@]} files fetched, the rest in the next round"
      return
    fi
  done
  return 1
}

too_much() { # FOLDER
  local files=("$1"/*)
  [[ ${#files[@]} -gt 1 && $(du -sm "$1" | cut -f 1) -ge $most ]]
}

# What was executed before a log began, which is what its first lines say.
previous_gtids() { # FILE
  mysqlbinlog --no-defaults "$1" 2>/dev/null | awk '
    within && !/^# [0-9a-f-]+:/ { exit }
    within { sub(/^# /, ""); printf "%s", $0 }
    /Previous-GTIDs/ { within = 1 }'
}

round() {
  local answer asked executed server lacking increment
  increment=$logs/$piece/$(printf %06d $((number + 1)))
  # What the last round could not store is fetched anew: another primary may not have it.
  rm -rf "$increment"
  asked=$(date -u +%FT%TZ)
  # The set comes last: that of a new server is empty, and read would take the next field for it.
  answer=$(ask "SELECT @@server_uuid, GTID_SUBTRACT('$stored', @@GLOBAL.gtid_executed) = '',
    GTID_SUBTRACT(@@GLOBAL.gtid_executed, '$stored') = '', REPLACE(@@GLOBAL.gtid_executed, '\n', '')") || return
  read -r server has_all nothing_new executed <<<"$answer"
  if [[ $has_all != 1 ]]; then
    lacking=$(ask "SELECT REPLACE(GTID_SUBTRACT('$stored', @@GLOBAL.gtid_executed), '\n', '')") || return
    log "the primary lacks transactions that are stored: $lacking. It was restored, or promoted without them; what it does from now on needs a place of its own: change backup.bucket.folder and back it up"
    return 1
  fi
  if [[ $nothing_new == 1 ]]; then
    # Now and then, so that whoever restores knows that there was nothing.
    [[ $((SECONDS - stored_at)) -lt 1800 ]] || store "$stored"
    return
  fi
  mkdir -p "$increment"
  fetch "$increment" || return
  # Another server answers after a promotion; what was read may be half of each.
  [[ $(ask 'SELECT @@server_uuid') == "$server" ]] || { log 'another primary answers; asking again'; return 1; }
  printf '%s' "$stored" >"$increment/from"
  # Read before the logs were, which may hold more: the next round asks for that again, and no restore takes it from here.
  printf '%s' "$executed" >"$increment/to"
  store "$executed" || return
  stored=$executed
  number=$((number + 1))
}

mkdir -p "$logs"
until resume; do sleep 5; done
begin_piece
stored_at=$((SECONDS - 3600))
while :; do
  began=$SECONDS
  if round; then
    touch /spool/alive
    if [[ $((SECONDS - piece_began)) -gt 86400 || $(du -sm "$logs/$piece" | cut -f 1) -gt 256 ]]; then begin_piece; fi
  fi
  pause=$((SHIP_SECONDS - (SECONDS - began)))
  # In the background, or a stop signal would wait for it.
  sleep $((pause > 1 ? pause : 1)) &
  wait $!
done
