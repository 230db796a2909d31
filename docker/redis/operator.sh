#!/bin/sh
# operator.sh [OPTION]... COMMAND...: redis-cli to this server, or Sentinel, on behalf of its operator.
set -eu
REDISCLI_AUTH=$(cat /run/secrets/redis/operator-password) exec redis-cli --user operator --no-auth-warning -p "${PORT:-6379}" "$@"
