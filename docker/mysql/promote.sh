#!/usr/bin/env bash
# promote.sh [--old-primary-is-lost]: run in the pod that the environment now declares primary. Waits until the declaration has
# arrived and the server is open, and says what it waits for. With the option, servers that do not answer are not waited for:
# give it only when the old primary is off for good or cannot be reached by anybody.
set -euo pipefail
. "$(dirname "$0")/server.sh"
case ${1:-} in
'' | --old-primary-is-lost) ;;
*) echo "promote: unknown option $1; there is --old-primary-is-lost" >&2; exit 64 ;;
esac
began=$SECONDS
until [[ $(primary) == "$POD_NAME" ]]; do
  complain declared "waiting for the declaration: mysql.primary is $(primary) here, not $POD_NAME. Change the environment, apply it, and annotate the pod so that the file arrives at once"
  [[ $((SECONDS - began)) -lt 180 ]] || { log 'gave up after 180 s; nothing was changed'; exit 1; }
  sleep 1
done
# Of this promotion only: role.sh forgets it when the server opens, or when another is declared.
[[ -z ${1:-} ]] || touch /var/run/mysqld/primary-is-lost
until [[ $(here --execute='SELECT @@GLOBAL.super_read_only') == 0 ]]; do
  complain open "declared; the reasons for not opening are in the log of container role"
  [[ $((SECONDS - began)) -lt 300 ]] || { log 'gave up after 300 s'; exit 1; }
  sleep 0.5
done
log "open after $((SECONDS - began)) s"
