#!/usr/bin/env bash
# start.sh [OPTION]...: mysqld, closed to writes whatever its role; role.sh opens the one that is declared primary.
set -euo pipefail
. "$(dirname "$0")/server.sh"
# What a schema change sorts is as large as its table, and belongs on the volume: MySQL unlinks such a file as soon as it is open, so nobody who
# counts what a pod has on its node's disk would see it fill. bootstrap.sh makes the folder.
exec mysqld --server-id="$SERVER_ID" --report-host="$POD_NAME" --super-read-only=ON --tmpdir=/var/lib/mysql/tmp "$@"
