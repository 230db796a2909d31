# Sourced by the scripts beside it: how they speak to this server and to the others. No password is ever in an argument or in
# the environment; the client reads it from a file that exists for this call only.

POD_NAME=$HOSTNAME # a rule of StatefulSets
# Unique among all servers: a base for each StatefulSet and the pod's ordinal.
SERVER_ID=$((SERVER_ID_BASE + ${POD_NAME##*-}))
SECRETS=/run/secrets/mysql
TOPOLOGY=/etc/fintrack/topology
SOCKET=${SOCKET:-/var/run/mysqld/mysqld.sock}

. "$(dirname "${BASH_SOURCE[0]}")/secrets.sh"

# How this server makes sure of another: where the environment verifies, by the authority and the name in its certificate.
if [[ ${TLS:-off} == verified ]]; then
  AUTHORITY=$SECRETS/ca.crt
  SSL=(--ssl-mode=VERIFY_IDENTITY --ssl-ca="$AUTHORITY")
else
  AUTHORITY=
  SSL=(--ssl-mode=REQUIRED)
fi
SOURCE_TLS="SOURCE_SSL = 1, SOURCE_SSL_CA = '$AUTHORITY', SOURCE_SSL_VERIFY_SERVER_CERT = $([[ -z $AUTHORITY ]] && echo 0 || echo 1)"

log() { printf '%s %s: %s\n' "$(date -u +%FT%TZ)" "$(basename "$0" .sh)" "$*"; }

# complain KEY TEXT: logs a text once, and again every minute while it holds, so that a loop does not fill the log.
declare -A COMPLAINED
complain() {
  local now=$SECONDS
  if [[ ${COMPLAINED[$1]:-} != "$2" || $((now - ${COMPLAINED_AT[$1]:-0})) -ge 60 ]]; then
    log "$2"
    COMPLAINED[$1]=$2 COMPLAINED_AT[$1]=$now
  fi
}
declare -A COMPLAINED_AT

client() { # USER SECRET [OPTION]...: mysql as an account whose password is this secret; SQL on standard input, rows on standard output
  local user=$1 password
  password=$(secret "$2")
  shift 2
  mysql --defaults-extra-file=<(printf '[client]\nuser=%s\npassword="%s"\n' "$user" "${password//\\/\\\\}") \
    --connect-timeout=2 --skip-column-names --batch "$@"
}

here() { client root root-password --socket="$SOCKET" "$@"; } # this server, as root
there() { # HOST: another server, as the replication account
  local host=$1
  shift
  timeout 4 mysql --defaults-extra-file=<(printf '[client]\nuser=replication\npassword="%s"\n' "$(secret replication-password | sed 's/\\/\\\\/g')") \
    --connect-timeout=2 --skip-column-names --batch --protocol=TCP --host="$host" "${SSL[@]}" "$@"
}

primary() { cat "$TOPOLOGY/primary"; } # pod that the environment declares primary
others() { grep -vx "$POD_NAME" "$TOPOLOGY/servers" || true; } # every other server's name: of its pod, and of a Service that leads to it
