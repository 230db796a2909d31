#!/usr/bin/env bash
# Takes away what retention no longer keeps, and checks the structure of what is left. Nothing else ever deletes from the bucket.
set -euo pipefail
. "$(dirname "$0")/repository.sh"

clean() { # OPTION OF RESTIC FORGET...
  locking forget --quiet --host="$NAMESPACE" "$@"
}
repository dumps
# Of a queue nobody wants the state of a month ago.
clean --group-by=host,tags --tag=redis --keep-daily="$KEEP_DAILY"
clean --group-by=host,tags --tag=dump --keep-daily="$KEEP_DAILY" --keep-weekly="$KEEP_WEEKLY" --keep-monthly="$KEEP_MONTHLY" --prune
locking check --quiet
log "dumps: $(snapshots --tag=dump | wc -l) kept, of Redis $(snapshots --tag=redis | wc -l), structure sound"
# Dumps are counted and logs are not: where no dump succeeds any more, the logs after the last one are all there is of what came since.
newest=$(snapshots --host="$NAMESPACE" --tag=dump --group-by=host --latest=1 | cut -d ' ' -f 1)
[[ $newest > $(date -u -d "$KEEP_DAILY days ago" +%FT%T) ]] ||
  die "no log is taken away: the newest dump is of ${newest:-never}, and needs all that follow it; why does backup fail?"
repository logs
# Each snapshot of a piece holds all of that piece so far: the last one is enough.
clean --group-by=host,tags --tag=logs --keep-last=1
# A day more than there are daily dumps: the oldest of them needs the logs that follow it.
clean --group-by=host --tag=logs --keep-within="$((KEEP_DAILY + 1))d" --prune
locking check --quiet
log "logs: $(snapshots --tag=logs | wc -l) pieces kept, structure sound"
