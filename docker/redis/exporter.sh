#!/bin/sh
# exporter.sh: redis_exporter, which reads passwords from a file of its own kind only. It is started again here when it ends: a
# container that ends makes its pod unready, and the server's users would lose it.
set -eu
password=$(cat /run/secrets/exporter/exporter-password)
[ -n "$password" ] || { echo 'exporter: /run/secrets/exporter/exporter-password is empty; the Secret it comes from needs a value' >&2; exit 78; }
umask 077
printf '{"redis://exporter@127.0.0.1:6379":"%s"}\n' "$(printf '%s' "$password" | sed 's/[\\"]/\\&/g')" >/run/exporter/passwords.json
unset password

trap 'kill "$running" 2>/dev/null; exit 0' TERM INT
while :; do
  # No CONFIG, which shows the passwords of replication.
  /redis_exporter --redis.addr=redis://127.0.0.1:6379 --redis.user=exporter --redis.password-file=/run/exporter/passwords.json \
    --config-command=- --redis-only-metrics --log-level=warn &
  running=$!
  wait "$running" || echo "exporter: redis_exporter ended with $?; again in 5 s" >&2
  sleep 5 &
  running=$!
  wait "$running"
done
