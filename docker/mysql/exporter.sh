#!/bin/sh
# exporter.sh: mysqld_exporter, which reads its password from a file of MySQL's kind only. It is started again here when it ends: a
# container that ends makes its pod unready, and the server's users would lose it.
set -eu
secret=/run/secrets/exporter/exporter-password
password=$(cat "$secret")
[ -n "$password" ] || { echo "exporter: $secret is empty; the Secret it comes from needs a value" >&2; exit 78; }
umask 077
changed() { now=$(cat "$secret") && [ -n "$now" ] && [ "$now" != "$password" ]; }
pause() { sleep 5 & wait $!; }

trap 'kill "$running" 2>/dev/null; exit 0' TERM INT
while :; do
  # Between these quotes nothing has a meaning of its own.
  printf '[client]\nuser = exporter\npassword = `%s`\n' "$password" >/run/exporter/my.cnf
  # Encrypted, as servers may demand (mysql.tls), and not verified: nobody else answers at this address.
  mysqld_exporter --config.my-cnf=/run/exporter/my.cnf --mysqld.address=127.0.0.1:3306 --tls.insecure-skip-verify --log.level=warn &
  running=$!
  # It reads its file once. With an old password it would say that the server is down, and alerts would lead to a promotion.
  until ! kill -0 "$running" 2>/dev/null || changed; do pause; done
  if changed; then
    password=$now
    echo 'exporter: another password; mysqld_exporter starts again' >&2
    kill "$running" 2>/dev/null || :
    wait "$running" || :
  else
    wait "$running" || echo "exporter: mysqld_exporter ended with $?; again in 5 s" >&2
    pause
  fi
done
