#!/bin/sh
# operator.sh [OPTION]... COMMAND...: what `redis-cli` says to this server, or Sentinel, on behalf of its operator.
set -eu
REDISCLI_AUTH=$(cat /run/secrets/redis/password) exec redis-cli -p "${PORT:-6379}" "$@"
