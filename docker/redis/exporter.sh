#!/bin/sh
# exporter.sh: writes the file from which redis_exporter reads its password; its own image has no shell. Runs before it.
set -eu
password=$(cat /run/secrets/exporter/exporter-password)
[ -n "$password" ] || { echo 'exporter: /run/secrets/exporter/exporter-password is empty; the Secret it comes from needs a value' >&2; exit 78; }
umask 077
printf '{"redis://exporter@127.0.0.1:6379":"%s"}\n' "$(printf '%s' "$password" | sed 's/[\\"]/\\&/g')" >/run/exporter/passwords.json
