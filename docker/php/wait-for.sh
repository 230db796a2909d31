#!/bin/sh
# wait-for database: returns when the database accepts the application's account.
# wait-for migrations: returns when every migration of this image has run.
set -eu
# As process 1 a shell without a trap ignores the stop signal, and its pod lives on until it is killed.
trap 'exit 143' TERM QUIT INT

case "${1:-}" in
  database) set -- db:monitor ;;
  migrations) set -- migrate:status --pending=1 ;;
  *) echo "wait-for: give 'database' or 'migrations'" >&2; exit 64 ;;
esac

started=$(date +%s)
until answer=$(php artisan "$@" --no-ansi 2>&1); do
  waited=$(($(date +%s) - started))
  # At once and then every half minute: the reason a pod waits must be in its log.
  if [ "$waited" -ge "${next:-0}" ]; then
    echo "wait-for: $1 not satisfied after ${waited} s: $(echo "$answer" | grep -v '^ *$' | head -n 1 | cut -c 1-200)" >&2
    next=$((waited + 30))
  fi
  sleep 1
done
