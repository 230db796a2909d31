#!/usr/bin/env bash
# Takes away what retention no longer keeps, and checks the structure of what is left. Nothing else ever deletes from the bucket.
set -euo pipefail
. "$(dirname "$0")/repository.sh"
trap 'exit 143' TERM INT

clean() { # OPTION OF RESTIC FORGET...
  restic forget --quiet --retry-lock=10m --host="$NAMESPACE" "$@"
}
repository dumps
# Locks of those that were killed: restic takes away what is half an hour old, so this runs hours after the backup.
restic unlock --quiet
# Of a queue nobody wants the state of a month ago.
clean --group-by=host,tags --tag=redis --keep-daily="$KEEP_DAILY"
clean --group-by=host,tags --tag=dump --keep-daily="$KEEP_DAILY" --keep-weekly="$KEEP_WEEKLY" --keep-monthly="$KEEP_MONTHLY" --prune
restic check --quiet --retry-lock=10m
log "dumps: $(snapshots --tag=dump | wc -l) kept, of Redis $(snapshots --tag=redis | wc -l), structure sound"
repository logs
restic unlock --quiet
# Each snapshot of a piece holds all of that piece so far: the last one is enough.
clean --group-by=host,tags --tag=logs --keep-last=1
# A day more than there are daily dumps: the oldest of them needs the logs that follow it.
clean --group-by=host --tag=logs --keep-within="$((KEEP_DAILY + 1))d" --prune
restic check --quiet --retry-lock=10m
log "logs: $(snapshots --tag=logs | wc -l) pieces kept, structure sound"
