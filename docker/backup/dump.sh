#!/usr/bin/env bash
# dump.sh HOST: the database as SQL on standard output, and after it, as comments, what a restored copy is measured against: rows and
# checksums of all tables at a moment after the dump. So the logs between the two are part of what a restore test proves.
set -euo pipefail
. "$(dirname "$0")/repository.sh"
# The dump takes the same lock first, and waits for it a year: not every release of 8.0 has an option for that. So it begins when nothing is in the way.
server "$1" <<<"$READ_LOCK" || die "tables of $1 cannot be locked, see above; which statement runs there for more than 20 s? (SHOW PROCESSLIST)"
# GTID_PURGED becomes part of the dump: a new server that reads it knows which transactions it has.
mysqldump --defaults-extra-file=<(client_options) --host="$1" --single-transaction --quick --routines --events --triggers --hex-blob \
  --max-allowed-packet=1G --no-tablespaces --set-gtid-purged=ON --default-character-set=utf8mb4 --databases "$MYSQL_DATABASE"
LOCKED=yes measure server "$1" | sed 's/^/-- measured\t/'
printf -- '-- measured\tcomplete\n'
