#!/bin/sh
# operator.sh [OPTION]... COMMAND...: redis-cli to this server, or Sentinel, on behalf of its operator.
set -eu
. "$(dirname "$0")/server.sh"
REDISCLI_AUTH=$(password operator) exec redis-cli --user operator --no-auth-warning $HERE -p "${PORT:-6379}" "$@"
