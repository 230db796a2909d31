#!/bin/sh
# password.sh USER: gives a user of this server, or Sentinel, a new password, read from standard input. The old one stays valid beside
# it until `password.sh USER --discard-old`, which wants to read the new one again, or until a restart, which knows only what the
# Secret has. Each server keeps its own users: run in all of them.
set -eu
. "$(dirname "$0")/server.sh"
user=${1:-} new=$(cat)
[ -n "$user" ] && [ -e "$SECRETS/$user-password" ] || {
  echo "password: this pod has no user '$user'; there are $(cd "$SECRETS" && ls | sed -n 's/-password$//p' | xargs)" >&2
  exit 64
}
[ "${#new}" -ge 16 ] || { echo "password: the new password has ${#new} characters; it must have at least 16" >&2; exit 65; }
hash=$(printf '%s' "$new" | sha256sum | cut -c 1-64)
case ${2:-} in
  '')
    rules="#$hash"
    said="has two valid passwords; change the Secret, restart its clients, then: password.sh $user --discard-old"
    ;;
  --discard-old)
    [ "$(password "$user")" = "$new" ] || {
      echo "password: Secret fintrack-redis has another $user-password as this pod sees it; the change arrives within two minutes" >&2
      exit 65
    }
    rules="resetpass #$hash"
    said='has its new password only'
    ;;
  *) echo "password: unknown option $2; there is --discard-old" >&2; exit 64 ;;
esac
# Redis keeps only hashes of passwords, so this is what it would say of them too.
sh "$(dirname "$0")/operator.sh" -e acl setuser "$user" $rules >/dev/null
log "$user $said"
