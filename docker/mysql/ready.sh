#!/usr/bin/env bash
# Ready: a primary takes writes; a replica applies what it receives and is not far behind. A replica stays ready while the primary
# is away, as reads must go on, and not when the primary is there and gives it nothing.
set -o pipefail
. "$(dirname "$0")/server.sh"
answer=$(client probe probe-password --host=127.0.0.1 --protocol=TCP --vertical --column-names \
  --execute='SELECT @@GLOBAL.super_read_only AS closed; SHOW REPLICA STATUS' 2>&1) || { echo "no answer: $answer"; exit 1; }
value() { awk -v key="$1:" '$1 == key { print $2 }' <<<"$answer"; }
if [[ $(primary) == "$POD_NAME" ]]; then
  [[ $(value closed) == 0 ]] || { echo 'declared primary, and closed'; exit 1; }
  exit 0
fi
[[ $(value closed) == 1 ]] || { echo 'not declared primary, and open'; exit 1; }
[[ $(value Replica_SQL_Running) == Yes ]] || { echo "the applier does not run: $(grep -m1 Last_SQL_Error: <<<"$answer")"; exit 1; }
if [[ $(value Replica_IO_Running) != Yes ]]; then
  [[ $(there "$(primary)" --execute='SELECT @@GLOBAL.super_read_only' 2>/dev/null) == 0 ]] || exit 0
  echo "the primary is there, and the receiver does not run: $(grep -m1 Last_IO_Error: <<<"$answer")"
  exit 1
fi
lag=$(value Seconds_Behind_Source)
[[ $lag != NULL && $lag -le $MAX_LAG_SECONDS ]] || { echo "$lag s behind"; exit 1; }
