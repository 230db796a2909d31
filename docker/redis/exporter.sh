#!/bin/sh
# exporter.sh: writes the file from which redis_exporter reads its password; its own image has no shell. Runs before it.
set -eu
password=$(cat /run/secrets/exporter/exporter-password)
[ -n "$password" ] || { echo 'exporter: /run/secrets/exporter/exporter-password is empty; the Secret it comes from needs a value' >&2; exit 78; }
umask 077
quoted=$(printf '%s' "$password" | sed 's/[\\"]/\\&/g')
# It looks for the address that it was given, plain or with TLS (redis.tls).
printf '{"redis://exporter@127.0.0.1:6379":"%s","rediss://exporter@127.0.0.1:6379":"%s"}\n' "$quoted" "$quoted" >/run/exporter/passwords.json
