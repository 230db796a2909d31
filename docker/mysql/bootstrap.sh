#!/usr/bin/env bash
# First start of a MySQL server. An empty volume becomes the primary's first data directory with its accounts, or a clone of
# the primary. The work is done in a directory beside the final one, which is renamed when all is in it: an interrupted first
# start is recognised and redone, and no server ever starts without its accounts.
# The image's own entrypoint is not used: it leaves the passwords in the environment of mysqld for as long as that runs.
set -Eeuo pipefail
data=/var/lib/mysql/data
new=/var/lib/mysql/new
SOCKET=/var/run/mysqld/bootstrap.sock
. "$(dirname "$0")/server.sh"
. "$(dirname "$0")/accounts.sh"
# As process 1 a shell without a trap ignores the stop signal.
trap 'exit 143' TERM INT
trap 'log "failed; the next start begins again with an empty directory"' ERR

mkdir -p /var/lib/mysql/tmp # start.sh has the server sort in it

# What follows makes only changes of this server itself: they must not become part of what replicas repeat.
local_only='SET SESSION sql_log_bin = 0;'

start() { # [OPTION]...: the new directory's server
  mysqld --datadir="$new" --socket="$SOCKET" --pid-file=/var/run/mysqld/bootstrap.pid --server-id="$SERVER_ID" --skip-replica-start "$@" &
  server=$!
  until mysqladmin --socket="$SOCKET" --user=root --connect-timeout=2 ping >/dev/null 2>&1; do # "access denied" is alive too
    kill -0 "$server"
    sleep 0.2
  done
}
stop() {
  kill -TERM "$server"
  wait "$server"
}
fresh() { mysql --socket="$SOCKET" --user=root; } # before root has a password
says_empty() { mysql --protocol=TCP --host="$1" "${SSL[@]}" --user=empty --connect-timeout=2 --execute='SELECT 1' >/dev/null 2>&1; }

make_primary() { # the first primary of this cluster: database and accounts
  local accounts
  accounts=$(accounts)
  fresh <<<"$local_only DROP USER 'empty'@'%'; $accounts"
  stop
  log 'this is the first primary: database and accounts are made'
}

make_replica() { # HOST: a copy of that server, following it
  local host=$1 clone replication state answer said=/var/run/mysqld/copy.out
  clone=$(secret clone-password)
  clone=$(sql_string "$clone")
  replication=$(secret replication-password)
  replication=$(sql_string "$replication")
  log "copying $host"
  while :; do
    # In the background: bash would act on a stop signal only when the copy is made, and one of 100 GB takes its time.
    { trap - ERR; fresh; } <<<"SET GLOBAL clone_valid_donor_list = '$host:3306'; CLONE INSTANCE FROM 'clone'@'$host':3306 IDENTIFIED BY $clone REQUIRE SSL;" >"$said" 2>&1 &
    wait $! || true
    answer=$(<"$said")
    [[ $answer == *'Too many concurrent clone'* ]] || break
    complain clone "$host is being copied by another server and serves one at a time; waiting"
    sleep 1
  done
  # When it worked it ends with error 3707: nobody restarts the server here but this script.
  [[ $answer == *3707* ]] || { log "the copy failed: $answer" >&2; return 1; }
  wait "$server" || true
  start --super-read-only=ON
  state=$(here <<<'SELECT STATE FROM performance_schema.clone_status')
  [[ $state == Completed ]] || { log "the copy ended as '$state'" >&2; return 1; }
  # The copy brings the donor's own replication with it.
  here <<<"STOP REPLICA; RESET REPLICA ALL;
    CHANGE REPLICATION SOURCE TO SOURCE_HOST = '$host', SOURCE_PORT = 3306, SOURCE_USER = 'replication', SOURCE_PASSWORD = $replication,
      SOURCE_AUTO_POSITION = 1, $SOURCE_TLS, SOURCE_CONNECT_RETRY = 2, SOURCE_RETRY_COUNT = 864000;"
  stop
  log "copy of $host is complete"
}

if [[ -d $data/mysql ]]; then
  log 'data present, nothing to do'
  exit 0
fi
# Before any work: a missing value is better said at once.
for name in root app probe exporter replication clone backup; do
  secret "$name-password" >/dev/null
done
[[ ! -e $new ]] || log 'interrupted first start found, beginning again'
rm -rf "$new"
mysqld --datadir="$new" --initialize-insecure
# With its network: the others ask whether this server is empty, and only an empty one has this account without a right.
start
fresh <<<"$local_only CREATE USER 'empty'@'%';"

# The role is read again in each round: who waits here is often the reason for another declaration.
while :; do
  if [[ $(primary) == "$POD_NAME" ]]; then
    # An empty database must never become the source of truth while another server may have data.
    occupied=
    for host in $(others); do says_empty "$host" || occupied+=" $host"; done
    if [[ -z $occupied ]]; then
      make_primary
      break
    fi
    complain primary "this volume is empty, and these servers do not say that they are:$occupied. If one of them has data, declare it primary (mysql.primary); this server will then copy it"
  else
    host=$(primary)
    # Not the server of that pod's own first start: it has the accounts for a moment before it ends, and a copy of it would break off.
    if [[ $(there "$host" --execute='SELECT @@GLOBAL.socket' 2>/dev/null) == */mysqld.sock ]]; then
      make_replica "$host"
      break
    fi
    complain replica "waiting for the primary $host to answer"
  fi
  sleep 1
done
mv "$new" "$data"
