#!/usr/bin/env bash
# password.sh KEY: gives the account of this key of Secret fintrack-mysql a new password, read from standard input. The old one
# stays valid beside it until `password.sh KEY --discard-old`, which wants to read the new one again. Run in the primary; replicas
# repeat it.
set -euo pipefail
. "$(dirname "$0")/server.sh"
case ${1:-} in
root-password) account="'root'@'localhost'" ;;
app-password) account="'laravel'@'%'" ;;
probe-password | exporter-password) account="'${1%-password}'@'127.0.0.1'" ;;
replication-password | clone-password | backup-password) account="'${1%-password}'@'%'" ;;
*) echo "password: no account belongs to key '${1:-}'; there are root-, app-, probe-, exporter-, replication-, clone- and backup-password" >&2; exit 64 ;;
esac
new=$(cat)
case ${2:-} in
'')
  # MySQL takes no more for replication, and says so only when a replica begins to follow.
  [[ ${#new} -ge 16 && ${#new} -le 32 ]] || { echo "password: the new password has ${#new} characters; it must have 16 to 32" >&2; exit 65; }
  here <<<"ALTER USER $account IDENTIFIED BY $(sql_string "$new") RETAIN CURRENT PASSWORD"
  log "$account has two valid passwords; change the Secret, restart its users, then: password.sh $1 --discard-old"
  ;;
--discard-old)
  [[ $(secret "$1") == "$new" ]] || { echo "password: Secret fintrack-mysql has another $1 as this pod sees it; the change arrives within two minutes" >&2; exit 65; }
  here <<<"ALTER USER $account DISCARD OLD PASSWORD"
  log "$account has its new password only"
  ;;
*) echo "password: unknown option $2; there is --discard-old" >&2; exit 64 ;;
esac
