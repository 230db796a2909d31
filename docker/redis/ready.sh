#!/bin/sh
# ready.sh [loading | alive]: succeeds when the server or Sentinel on PORT answers PONG and, being a replica, has what its primary has;
# with "loading" also while it reads its data from disk or copies it, with "alive" whatever it answers.
# The answer is compared because `redis-cli ping` exits with 0 on an error reply too.
. "$(dirname "$0")/server.sh"
# Without `timeout`, whose timer BusyBox leaves behind as a process that Redis, being process 1, never collects: one for each
# probe, until no process can be started. The probe has its own time limit.
probe() { redis-cli --user probe --askpass $HERE -p "${PORT:-6379}" "$@" <"$SECRETS/probe-password" 2>&1; }
answer=$(probe ping)
if [ "${1:-}" = alive ]; then
  case "$answer" in '' | *'Could not connect'* | *rror:*) echo "$answer"; exit 1 ;; *) exit 0 ;; esac
fi
case "$answer" in
  PONG) [ "${1:-}" = loading ] && exit 0 ;;
  LOADING*) [ "${1:-}" = loading ] && exit 0; echo "$answer"; exit 1 ;;
  *) echo "$answer"; exit 1 ;;
esac
case "$(probe info replication)" in
  *master_link_status:down*) echo 'a replica without a primary, or without all of its data yet'; exit 1 ;;
esac
