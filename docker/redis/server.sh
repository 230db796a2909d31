# Sourced by the scripts beside it: how they speak to servers and Sentinels. redis-cli reads a password from its standard input
# (--askpass): so it is in no argument and in no environment, where whoever lists processes would see it.

PRIMARY_NAME=fintrack # what the Sentinels call the set
SECRETS=/run/secrets/redis

# Where the environment verifies (redis.tls): options of redis-cli to a server HERE, in the own pod, where nobody else answers and a
# certificate that has expired must not keep the next one from being loaded; and to one over THERE, held to the authority, not to the name.
HERE= THERE=
[ "${TLS:-off}" = off ] || HERE='--tls --insecure' THERE="--tls --cacert $SECRETS/ca.crt"

encryption() { # what the server or Sentinel of this pod reads beside its file
  [ -z "$HERE" ] || { printf 'port 0\ntls-port %s\n' "${PORT:-6379}" && cat "$(dirname "$0")/tls.conf"; }
}
keep_certificate() { # [restart]: lets certificate.sh see to what this pod shows, beside the program that takes this one's place
  [ -n "$HERE" ] || return 0
  LOADED=$(cat "$SECRETS/tls.crt") # before the program reads it
  LOADED=$LOADED sh "$(dirname "$0")/certificate.sh" "$@" &
}

log() { printf '%s %s: %s\n' "$(date -u +%FT%TZ)" "$(basename "$0" .sh)" "$*"; }

# once TEXT: logs a text when it is another than the last, so that a loop does not fill the log.
once() { [ "$1" = "${SAID:-}" ] || { log "$1"; SAID=$1; }; }

password() { # USER: its password
  password=$(cat "$SECRETS/$1-password")
  [ -n "$password" ] || { log "$SECRETS/$1-password is empty; the Secret it comes from needs a value" >&2; return 1; }
  printf '%s' "$password"
}
quoted() { # USER: its password as Redis reads it between double quotes
  password=$(password "$1") || return 1
  printf '%s' "$password" | sed 's/[\\"]/\\&/g'
}

users() { # FILE.acl: its users as Redis loads them, each with the hash of its password
  echo 'user default off'
  while read -r keyword name rules; do
    if [ "$keyword" = user ] && [ -e "$SECRETS/$name-password" ]; then
      password=$(password "$name") || return 1
      echo "user $name on #$(printf '%s' "$password" | sha256sum | cut -c 1-64) $rules"
    fi
  done <"$1"
}

# Servers and Sentinels know each other by the addresses of their Services, which stay: a Sentinel that looks names up stands still
# while a DNS server is away, and then distrusts what it saw for half a minute (measured: no failover when both were on a lost node).
lookup() { # NAME: the address of this Service, or nothing
  domain=$(awk '$1 == "search" { print $2; exit }' /etc/resolv.conf)
  timeout 5 nslookup -type=a "$1.$domain" 2>/dev/null | awk '$1 == "Name:" { named = 1 } named && $1 == "Address:" { print $2; exit }'
}
learn_addresses() { # waits until all are known, then ADDRESSES has lines of NAME and ADDRESS
  ADDRESSES=
  for each in $SERVERS $SENTINELS; do
    until found=$(lookup "$each") && [ -n "$found" ]; do
      once "waiting: no address is known of Service $each"
      sleep 1
    done
    ADDRESSES="$ADDRESSES$each $found
"
  done
}
address_of() { printf '%s' "$ADDRESSES" | awk -v name="$1" '$1 == name { print $2 }'; }
name_of() { printf '%s' "$ADDRESSES" | awk -v address="$1" '$2 == address { print $1 }'; }

ask() { # NAME PORT COMMAND...: what it answers to `probe`, or nothing after two seconds
  host=$(address_of "$1") port=$2
  shift 2
  timeout 2 redis-cli --user probe --askpass $THERE -h "$host" -p "$port" --raw "$@" <"$SECRETS/probe-password" 2>/dev/null || true
}

others() { for each in $1; do [ "$each" = "$HOSTNAME" ] || echo "$each"; done; } # NAMES: all but this pod's

primary_by() { # SENTINEL: the server that it takes for the primary
  name_of "$(ask "$1" 26379 sentinel get-master-addr-by-name "$PRIMARY_NAME" | head -n 1)"
}

replicas_known() { # what the Sentinels say of replicas; nothing when none has ever followed a primary
  for sentinel in $SENTINELS; do ask "$sentinel" 26379 sentinel replicas "$PRIMARY_NAME"; done
}

primary_among() { # SERVERS: the one of these that is primary, the one with replicas before one without
  for each in $1; do
    ask "$each" 6379 info replication | tr -d '\r' | awk -v name="$each" -F: '
      $1 == "role" && $2 == "master" { primary = 1 }
      $1 == "connected_slaves" { replicas = $2 }
      END { if (primary) print replicas, name }'
  done | sort -rn | awk 'NR == 1 { print $2 }'
}
