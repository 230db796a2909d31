#!/bin/sh
# start.sh FILE [OPTION VALUE]...: redis-server with this file, these options and the password from its secret file.
# The password travels by standard input: in an argument every process list would show it.
set -eu
# Backslash and quote are Redis' own escapes inside a quoted value.
password=$(sed 's/[\\"]/\\&/g' /run/secrets/redis/password)
[ -n "$password" ] || { echo 'start: /run/secrets/redis/password is empty; the Secret it comes from needs a value' >&2; exit 1; }
exec redis-server "$@" - <<CONFIGURATION
requirepass "$password"
masterauth "$password"
CONFIGURATION
