#!/usr/bin/env bash
# start.sh [OPTION]...: mysqld, closed to writes whatever its role; role.sh opens the one that is declared primary.
set -euo pipefail
. "$(dirname "$0")/server.sh"
exec mysqld --server-id="$SERVER_ID" --report-host="$POD_NAME" --super-read-only=ON "$@"
