#!/usr/bin/env bash
# First start of a MySQL server: makes the data directory and the accounts, from secret files, behind a socket.
# It works in a directory beside the final one and renames it when everything is in it, so an interrupted
# initialisation is recognised and redone, and a server never starts without its accounts.
# The image's own entrypoint is not used: it leaves the passwords in the environment of mysqld for as long as that runs.
set -Eeuo pipefail

secrets=/run/secrets/mysql
data=/var/lib/mysql/data
new=/var/lib/mysql/new
socket=/var/run/mysqld/bootstrap.sock

log() { printf '%s bootstrap: %s\n' "$(date -u +%FT%TZ)" "$*"; }
# As process 1 a shell without a trap ignores the stop signal.
trap 'exit 143' TERM INT
trap 'log "failed; the next start begins again with an empty directory"' ERR

secret() { # the value, quoted for SQL
  local value
  value=$(<"$secrets/$1")
  [[ -n $value ]] || { log "$secrets/$1 is empty; the Secret it comes from needs a value" >&2; return 1; }
  value=${value//\\/\\\\}
  printf "'%s'" "${value//\'/\\\'}"
}

if [[ -d $data/mysql ]]; then
  log 'data present, nothing to do'
  exit 0
fi

[[ ! -e $new ]] || log 'interrupted initialisation found, starting again'
rm -rf "$new"
# One assignment each: a failure inside a longer string would go unnoticed.
app_password=$(secret app-password)
probe_password=$(secret probe-password)
root_password=$(secret root-password)
accounts="
  CREATE DATABASE \`$MYSQL_DATABASE\`;
  CREATE USER 'laravel'@'%' IDENTIFIED BY $app_password;
  GRANT ALL ON \`${MYSQL_DATABASE//_/\\_}\`.* TO 'laravel'@'%';
  CREATE USER 'probe'@'127.0.0.1' IDENTIFIED BY $probe_password WITH MAX_USER_CONNECTIONS 3;
  GRANT REPLICATION CLIENT ON *.* TO 'probe'@'127.0.0.1';
  ALTER USER 'root'@'localhost' IDENTIFIED BY $root_password;
"

log 'initialising an empty volume'
mysqld --datadir="$new" --initialize-insecure
mysqld --datadir="$new" --skip-networking --socket="$socket" --pid-file=/var/run/mysqld/bootstrap.pid &
server=$!
until mysqladmin --socket="$socket" --user=root ping >/dev/null 2>&1; do
  kill -0 "$server"
  sleep 0.2
done
# The accounts are not replicated: a replica takes them from its clone, and its own history must start empty.
mysql --socket="$socket" --user=root <<<"SET SESSION sql_log_bin = 0; $accounts"
kill -TERM "$server"
wait "$server"

mv "$new" "$data"
log 'data directory and accounts are ready'
