# Sourced by the scripts beside it: how they speak to the bucket and to MySQL. No password is ever in an argument or in the environment.

SECRETS=/run/secrets/backup
: "${BUCKET:?names the store, the bucket and a folder, for instance s3:https://s3.eu-central-1.amazonaws.com/backups/host-1}"
. "$(dirname "${BASH_SOURCE[0]}")/secrets.sh"

log() { printf '%s %s: %s\n' "$(date -u +%FT%TZ)" "$(basename "$0" .sh)" "$*" >&2; }
die() { log "$*"; exit 1; }

# A stop signal reaches bash alone, which runs a trap only once the program it waits for has ended: restic would be killed, and its lock
# would stay in the bucket. Told to stop, restic takes that away.
restic_pid=
trap 'if [[ -n $restic_pid ]]; then kill -TERM "$restic_pid"; wait "$restic_pid" || true; fi; exit 143' TERM INT

# locking COMMAND [OPTION]...: restic, for what locks a repository. It waits for another's lock longer than that of a killed one counts: so
# the second try, of a Job or of a round, begins with a lock that unlock takes away.
locking() {
  local command=$1 code=0
  shift
  # In the background it would have no standard input.
  restic "$command" --retry-lock=35m "$@" <&0 &
  restic_pid=$!
  wait "$restic_pid" || code=$?
  restic_pid=
  return "$code"
}

# Read anew by whoever runs for long: a changed one arrives in the mounted files.
access_key() {
  printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$(secret access-key-id)" "$(secret secret-access-key)" >"$AWS_SHARED_CREDENTIALS_FILE"
}

# repository dumps|logs [existing]: the one that restic uses from here on; an empty place in the bucket becomes one, unless it must
# exist. There are two, so that cleaning up among dumps, which locks a repository for as long as it takes, holds up no log.
# Whoever reads takes no lock, or the one that a killed restic left would keep a restore waiting. What cleaning up takes away meanwhile
# fails what reads it, and a second try reads what is there then.
repository() {
  local code=0
  export RESTIC_REPOSITORY=$BUCKET/$1
  access_key
  # restic itself would try for a quarter of an hour.
  timeout 60 restic --no-lock cat config >/dev/null || code=$?
  case $code in
  0) [[ ${2:-} == existing ]] || unlock ;;
  10)
    [[ ${2:-} != existing ]] || die "nothing was ever stored in $RESTIC_REPOSITORY; is this the bucket and the folder of the backups?"
    restic init >&2
    ;;
  12) die "$RESTIC_REPOSITORY is encrypted with another key than $RESTIC_PASSWORD_FILE, which comes from Secret fintrack-backup, or from docker/secrets" ;;
  *) die "$RESTIC_REPOSITORY cannot be read (restic ended with $code); is the bucket there, and does it take this access key?" ;;
  esac
}

# Takes away locks of those that were killed. restic takes for such only one that nobody renewed for half an hour, and renews its own every
# five minutes; or one of a process that is gone from its own host, and each pod and container is a host of its own. So no other is disturbed.
unlock() { timeout 60 restic unlock --quiet || die "the locks of $RESTIC_REPOSITORY cannot be taken away; may this access key delete?"; }

snapshots() { # OPTION...: "TIME ID" of each that matches, oldest first
  local found
  found=$(restic --no-lock snapshots --json "$@") || return
  tr '{' '\n' <<<"$found" | sed -n -E 's/.*"time":"([^"]*)".*/time \1/p; s/.*"short_id":"([^"]*)".*/id \1/p' |
    awk '$1 == "time" { time = $2 } $1 == "id" { print time, $2 }' | sort
}

# How it makes sure of a server: where the environment verifies, by the authority and the name in its certificate.
ssl=ssl-mode=REQUIRED
[[ ${TLS:-off} != verified ]] || ssl="ssl-mode=VERIFY_IDENTITY"$'\n'"ssl-ca=$SECRETS/ca.crt"

client_options() { # for --defaults-extra-file
  printf '[client]\nuser=backup\npassword="%s"\n%s\n' "$(secret backup-password | sed 's/\\/\\\\/g')" "$ssl"
}

server() { # HOST [OPTION]...: SQL on standard input, rows on standard output
  local host=$1
  shift
  mysql --defaults-extra-file=<(client_options) --host="$host" --connect-timeout=5 --skip-column-names --batch "$@"
}

# A read lock waits for the statements that run, and whatever wants to write waits for it: no longer than this, then who asked gives up.
READ_LOCK='SET SESSION lock_wait_timeout = 20; FLUSH TABLES WITH READ LOCK;'

# measure COMMAND...: rows and checksum of every table, as lines of text. COMMAND runs SQL. With LOCKED=yes they are those of one
# moment, whose transactions the first line names.
measure() {
  local tables table
  tables=$("$@" <<<"SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = '$MYSQL_DATABASE' AND TABLE_TYPE = 'BASE TABLE' ORDER BY 1") || return
  {
    if [[ ${LOCKED:-} == yes ]]; then
      # Locked for as long as it takes to begin a transaction; what that sees stays.
      cat <<SQL
        SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ;
        $READ_LOCK
        START TRANSACTION WITH CONSISTENT SNAPSHOT;
        SELECT 'executed', REPLACE(@@GLOBAL.gtid_executed, '\n', '');
        UNLOCK TABLES;
        SET SESSION lock_wait_timeout = DEFAULT;
SQL
    fi
    for table in $tables; do
      echo "SELECT 'rows', '$table', COUNT(*) FROM \`$MYSQL_DATABASE\`.\`$table\`; CHECKSUM TABLE \`$MYSQL_DATABASE\`.\`$table\`;"
    done
  } | "$@"
}
