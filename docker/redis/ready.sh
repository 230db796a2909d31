#!/bin/sh
# ready.sh [loading]: succeeds when Redis answers PONG; with "loading" also while it reads its data from disk.
# The answer is compared because `redis-cli ping` exits with 0 on an error reply too.
REDISCLI_AUTH=$(cat /run/secrets/redis/password)
export REDISCLI_AUTH
# Without `timeout`, whose timer BusyBox leaves behind as a process that Redis, being process 1, never collects: one for each
# probe, until no process can be started. The probe has its own time limit.
answer=$(redis-cli ping 2>&1)
case "$answer" in
  PONG) exit 0 ;;
  LOADING*) [ "${1:-}" = loading ] && exit 0 ;;
esac
echo "$answer"
exit 1
