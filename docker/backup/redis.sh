#!/usr/bin/env bash
# redis.sh FILE: a snapshot of Redis into the bucket, beside the dumps.
set -euo pipefail
. "$(dirname "$0")/repository.sh"
repository dumps
locking backup --quiet --host="$NAMESPACE" --tag=redis --stdin --stdin-filename=redis.rdb <"$1"
log "stored $(snapshots --tag=redis --latest=1 | cut -d ' ' -f 2), $(stat -c %s "$1") bytes"
