#!/bin/sh
# exporter.sh: mysqld_exporter, which reads its password from a file of MySQL's kind only. It is started again here when it ends: a
# container that ends makes its pod unready, and the server's users would lose it.
set -eu
password=$(cat /run/secrets/exporter/exporter-password)
[ -n "$password" ] || { echo 'exporter: /run/secrets/exporter/exporter-password is empty; the Secret it comes from needs a value' >&2; exit 78; }
umask 077
# Between these quotes nothing has a meaning of its own.
printf '[client]\nuser = exporter\npassword = `%s`\n' "$password" >/run/exporter/my.cnf
unset password

trap 'kill "$running" 2>/dev/null; exit 0' TERM INT
while :; do
  # Encrypted, as servers may demand (mysql.tls), and not verified: nobody else answers at this address.
  /bin/mysqld_exporter --config.my-cnf=/run/exporter/my.cnf --mysqld.address=127.0.0.1:3306 --tls.insecure-skip-verify --log.level=warn &
  running=$!
  wait "$running" || echo "exporter: mysqld_exporter ended with $?; again in 5 s" >&2
  sleep 5 &
  running=$!
  wait "$running"
done
