#!/usr/bin/env bash
# restore.sh test|keep|primary [TIME] [dump]: a server of its own from the newest dump before TIME and the logs that follow it, with every
# transaction that was committed before TIME and none after. Without TIME, all that is stored. With the word `dump` that dump alone: the
# way to one that is older than the logs, or whose logs are damaged.
#   test     is over then; says how long it took, and fails when the newest log is old
#   keep     keeps the server, which has no network, until the pod goes
#   primary  adds the accounts and leaves a data directory that a first server starts with
# Never over data: $VOLUME must not have any.
set -euo pipefail
folder=$(dirname "$0")
. "$folder/repository.sh"
mode=$1 to= alone=
for word in "${@:2}"; do
  if [[ $word == dump ]]; then alone=yes; else to=$word; fi
done
data=$VOLUME/data new=$VOLUME/restoring

here() { mysql --socket="$new/mysqld.sock" --user=root --skip-column-names --batch --binary-mode --max-allowed-packet=1G "$@"; }
ask() { here --execute="$1"; }

start() {
  mysqld --defaults-file="$folder/my.cnf" --datadir="$new/data" --socket="$new/mysqld.sock" --pid-file="$new/mysqld.pid" \
    --tmpdir="$new/tmp" --server-id=1 --skip-networking --disable-log-bin --innodb-buffer-pool-size="$POOL" --max-allowed-packet=1G --skip-replica-start &
  server=$!
  until mysqladmin --socket="$new/mysqld.sock" --user=root ping >/dev/null 2>&1; do
    kill -0 "$server"
    sleep 0.2
  done
}
stop() {
  kill -TERM "$server"
  wait "$server"
}

dump_before() { # TIME: "TIME ID" of the newest
  local found
  found=$(snapshots --tag=dump) || return
  # Times are compared as text: all of them are UTC.
  awk -v to="$1" 'to == "" || $1 < to { last = $0 } END { print last }' <<<"$found"
}

load_dump() { # ID
  # What the copy is measured against comes in the same stream, so it is there when the dump is whole, and only then.
  restic --no-lock dump "$1" dump.sql | awk -v measured="$new/measured" '/^-- measured\t/ { print substr($0, 13) > measured; next } { print }' | here
  [[ $(tail -n 1 "$new/measured") == complete ]] || die "dump $1 has no end"
}

# Whether the pieces so far reach beyond TIME, and beyond the dump. What follows may then be damaged. A minute more, for clocks differ, and
# a commit takes a while from its time to its place in the log.
is_enough() {
  local checked=$new/spool/logs/checked
  [[ -n $to && -e $checked && $(date -d "$(<"$checked")" +%s) -gt $((stop / 1000000 + 60)) ]] &&
    [[ $(ask "SELECT GTID_SUBSET(@@GLOBAL.gtid_executed, '$(<"$new/spool/logs/executed")')") == 1 ]]
}

fetch_logs() { # TIME OF THE DUMP: pieces that were stored after it, and the newest, which says until when there was nothing to store
  local from time id newest to_file
  # What was dumped may be a replica, which lags by a minute or so, and a piece may have ended within that: ten minutes more. Which
  # transactions are applied is no matter of time.
  from=$(date -u -d "@$(($(date -d "$1" +%s) - 600))" +%FT%T)
  snapshots --tag=logs --group-by=host,tags --latest=1 >"$new/pieces"
  newest=$(tail -n 1 "$new/pieces" | cut -d ' ' -f 2)
  [[ -n $newest ]] || die 'no log is stored; does backup-logs run?'
  while read -r time id; do
    [[ $time > $from || $id == "$newest" ]] || continue
    restic --no-lock restore --quiet "$id" --target "$new" || die "piece $id of the logs cannot be read; restic named the file above"
    ! is_enough || break
  done <"$new/pieces"
  for to_file in "$new"/spool/logs/*/*/to; do
    [[ ! -e $to_file ]] || echo "${to_file%/to}"
  done >"$new/increments"
}

check_chain() { # every increment begins where those before it ended
  local increment broken
  {
    echo 'SET @known = @@GLOBAL.gtid_executed;'
    while read -r increment; do
      echo "SELECT '$increment', REPLACE(GTID_SUBTRACT('$(<"$increment/from")', @known), '\n', '') AS lacking HAVING lacking <> '';"
      echo "SET @known = GTID_SUBTRACT(CONCAT_WS(',', @known, '$(<"$increment/to")'), '');"
    done <"$new/increments"
  } | here >"$new/gaps"
  read -r increment broken <"$new/gaps" || return 0
  die "the logs have a gap: nothing holds $broken, which was there before ${increment#"$new/spool/logs/"}; name an earlier time, or restore the dump alone (word dump)"
}

# apply_logs GTIDS: every transaction of these, and before TIME.
apply_logs() {
  local files=() increment
  while read -r increment; do
    [[ $(ask "SELECT GTID_SUBSET('$(<"$increment/to")', @@GLOBAL.gtid_executed)") == 1 ]] || files+=("$increment"/binlog.*)
  done <"$new/increments"
  [[ ${#files[@]} -gt 0 ]] || return 0
  # The first transaction from TIME on and all that follow are left out: their order is that of their commits.
  mysqlbinlog --verify-binlog-checksum --include-gtids="$1" "${files[@]}" |
    awk -v stop="$stop" -v stopped="$new/stopped" '
      !over && stop && /^#[0-9]+ .*\tGTID\t/ && match($0, /original_committed_timestamp=[0-9]+/) {
        over = substr($0, RSTART + 29, RLENGTH - 29) + 0 >= stop + 0
      }
      over && !named && /^SET @@SESSION.GTID_NEXT= / { split($0, part, "\047"); print part[2] > stopped; named = 1 }
      !over' | here || name_broken "${files[@]}"
}

name_broken() { # FILE...
  local file
  for file; do
    mysqlbinlog --verify-binlog-checksum "$file" >/dev/null 2>&1 || die "log ${file#"$new/spool/logs/"} is broken"
  done
  die 'the logs cannot be applied; the server named the statement above'
}

check_applied() { # nothing is missing of what the increments say they hold
  local increment lacking
  [[ ! -e $new/stopped ]] || return 0
  while read -r increment; do
    lacking=$(ask "SELECT REPLACE(GTID_SUBTRACT('$(<"$increment/to")', @@GLOBAL.gtid_executed), '\n', '')")
    [[ -z $lacking ]] || die "log ${increment#"$new/spool/logs/"} is cut off: it lacks $lacking"
  done <"$new/increments"
}

compare() {
  local different
  measure here >"$new/found"
  different=$(grep -v -e '^executed' -e '^complete' "$new/measured" | grep -vxF -f "$new/found") || true
  [[ -z $different ]] || die "the copy differs; the dumped server had: ${different//$'\n'/, }"
  log "$(grep -c ^rows "$new/found") tables have the rows and checksums that the dumped server had at $(sed -n 's/^executed\t//p' "$new/measured")"
}

[[ ! -e $data ]] || die "$data is there; a restore never writes over data"
stop=0
if [[ -n $to ]]; then
  stop=$(date -u -d "$to" +%s%6N) || die "$to is no time; write it as 2026-11-23T10:15:00Z"
  to=$(date -u -d "$to" +%FT%T)
fi
began=$SECONDS
rm -rf "$new"
mkdir -p "$new/tmp"
repository dumps existing
read -r dumped dump <<<"$(dump_before "$to")"
[[ -n ${dump:-} ]] || die "there is no dump${to:+ from before $to}"
log "dump $dump of $dumped"
mysqld --defaults-file="$folder/my.cnf" --datadir="$new/data" --initialize-insecure
start
# What does not survive a crash is made again: so the log that survival takes is not written while data comes in.
ask 'ALTER INSTANCE DISABLE INNODB REDO_LOG'
load_dump "$dump"
log "dump loaded after $((SECONDS - began)) s"
if [[ -n $alone ]]; then
  log "no log is applied, as was asked: everything that was committed after dump $dump is missing"
else
  repository logs existing
  fetch_logs "$dumped"
  check_chain
  log "applying $(wc -l <"$new/increments") increments of logs"
  if [[ -z $to ]]; then
    apply_logs "$(sed -n 's/^executed\t//p' "$new/measured")"
    compare
  fi
  # No more than is recorded as stored. The files hold more: whoever reads logs also gets what still waits for a replica, which a server that is
  # promoted may never have had, and whose client did it again. What is acknowledged after all was fetched, and recorded, in the next round.
  apply_logs "$(<"$new/spool/logs/executed")"
  check_applied
fi
ask 'ALTER INSTANCE ENABLE INNODB REDO_LOG'
if [[ -e $new/stopped ]]; then
  first=$(<"$new/stopped")
  [[ $(ask "SELECT GTID_SUBSET('$first', @@GLOBAL.gtid_executed)") == 0 ]] || die "dump $dump already holds $first, which was committed after $to; name an earlier time"
  log "left out $first and what follows it"
fi
log "restored to $(ask "SELECT REPLACE(@@GLOBAL.gtid_executed, '\n', '')") after $((SECONDS - began)) s"

case $mode in
test)
  [[ -e $new/spool/logs/checked ]] || die 'no log since the dump was ever complete; does backup-logs catch up?'
  age=$(($(date +%s) - $(date -d "$(<"$new/spool/logs/checked")" +%s)))
  [[ $age -lt $MAX_AGE_SECONDS ]] || die "the newest log is $age s old; allowed are $MAX_AGE_SECONDS"
  stop
  repository dumps
  # All of the bucket in eight weeks; what the newest copy needs was just read whole.
  locking check --quiet --read-data-subset="$(($(date +%s) / 604800 % 8 + 1))/8"
  log "proven: dump of $dumped and logs up to $age s ago, in $((SECONDS - began)) s"
  ;;
primary)
  # Those of the Secret, which may have changed since: a dump holds none.
  SECRETS=/run/secrets/mysql
  . "$folder/accounts.sh"
  accounts=$(accounts)
  here <<<"$accounts"
  stop
  mv "$new/data" "$data"
  rm -rf "$new"
  log "$data is there for a first server to start with"
  ;;
keep)
  log "kept until this pod goes: mysql --socket=$new/mysqld.sock --user=root $MYSQL_DATABASE"
  touch "$VOLUME/restored"
  wait "$server"
  ;;
esac
