#!/usr/bin/env bash
# Ready: this server answers a query over TCP and takes writes.
set -o pipefail
password=$(</run/secrets/mysql/probe-password)
# The password travels in a file of this process only: an argument or the environment would show it.
answer=$(mysql --defaults-extra-file=<(printf '[client]\nuser=probe\npassword="%s"\n' "${password//\\/\\\\}") \
  --host=127.0.0.1 --protocol=TCP --connect-timeout=3 --skip-column-names --batch \
  --execute 'SELECT @@global.read_only' 2>&1) || { echo "no answer: $answer"; exit 1; }
[[ $answer == 0 ]] || { echo 'read-only'; exit 1; }
