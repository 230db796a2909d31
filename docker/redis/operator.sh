#!/bin/sh
# operator.sh [OPTION]... COMMAND...: redis-cli to this server, or Sentinel, on behalf of its operator. Not with -x: standard input has the password.
set -eu
. "$(dirname "$0")/server.sh"
exec redis-cli --user operator --askpass $HERE -p "${PORT:-6379}" "$@" <"$SECRETS/operator-password"
