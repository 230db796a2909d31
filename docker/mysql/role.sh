#!/usr/bin/env bash
# Keeps the server beside it in the role that the environment declares, for as long as the pod lives. Every server starts closed
# (super_read_only). The declared primary is opened here, and only when no other server is open and none has a transaction that
# it lacks; every other server is closed and follows it. A changed declaration arrives in the mounted file and restarts nothing.
set -uo pipefail
# As process 1 a shell without a trap ignores the stop signal.
trap 'exit 143' TERM INT
. "$(dirname "$0")/server.sh"
lost=/var/run/mysqld/primary-is-lost # made by promote.sh: a human says that the old primary will not come back

ask() { here --execute="$1" 2>/dev/null; }
source_host() { ask "SELECT HOST FROM performance_schema.replication_connection_configuration WHERE CHANNEL_NAME = ''"; }

# Whether a server is closed. To close it waits for what is being committed: super_read_only says 1 from the beginning of that, read_only from its end.
CLOSED='@@GLOBAL.super_read_only AND @@GLOBAL.read_only'
# That, and what it has, executed or only received.
HAS="SELECT $CLOSED, CONCAT_WS(',', NULLIF(@@GLOBAL.gtid_executed, ''),
  NULLIF((SELECT RECEIVED_TRANSACTION_SET FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''), ''))"

semi_sync_source() { # ON|OFF
  [[ $SEMI_SYNC == off ]] || here <<<"SET GLOBAL rpl_semi_sync_source_enabled = $1"
}

# Parts of SQL: sessions, by information_schema, as performance_schema does not show who was killed; somebody copies this server;
# nobody follows it; hardly anybody can log in any more; seconds for which a transaction waits for a replica; what closes the server.
SESSIONS='FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID()'
COPYING="EXISTS (SELECT 1 $SESSIONS AND USER = 'clone')"
ALONE="(SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Rpl_semi_sync_source_clients') = 0"
FULL="(SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Threads_connected') > 0.8 * @@GLOBAL.max_connections"
WAITS="SELECT COALESCE(MAX(TIME), 0) $SESSIONS AND STATE LIKE 'Waiting for semi-sync ACK%'"
# Replicas that come back by themselves have half a minute, those that seem to be there a minute.
IN_VAIN="(($WAITS) >= 60 OR ($WAITS) >= 30 AND $ALONE)"
CLOSES="INFO LIKE 'SET GLOBAL super_read_only%'"
closed_for_copy= # when this server closed for a copy of it

kill_sessions() { here --force 2>/dev/null <<<"$(ask "SELECT CONCAT('KILL ', ID, ';') $SESSIONS AND $1")"; }
within() { # SECONDS COMMAND...: waits until it succeeds
  local end=$((SECONDS + $1))
  shift
  until "$@"; do ((SECONDS < end)) && sleep 0.2 || return; done
}
holds() { [[ $(ask "SELECT $1") == 1 ]]; }
ended() { ! kill -0 "$1" 2>/dev/null; } # PROCESS
queued() { holds "EXISTS (SELECT 1 $SESSIONS AND $CLOSES AND STATE LIKE 'Waiting for%lock')"; }
all_killed() { # every session that is in the wait, or behind one that is
  kill_sessions "COMMAND NOT IN ('Daemon', 'Killed') AND USER NOT IN ('clone', 'replication') AND NOT COALESCE($CLOSES, FALSE)"
  holds "NOT EXISTS (SELECT 1 $SESSIONS AND COMMAND <> 'Killed' AND (STATE LIKE 'Waiting for semi-sync ACK%' OR STATE = 'waiting for handler commit'))"
}

# Closes this server where transactions wait for a replica that does not come; KILL does not end such a wait. Clients lose their
# connections first, so none is told that its transaction is stored while it is on one server alone; it is there, as after a crash
# at that moment.
close_in_vain() {
  # It waits for the transactions, and as soon as it does nothing else begins to write.
  here <<<'SET GLOBAL super_read_only = ON' 2>/dev/null &
  local closing=$!
  if within 10 queued && within 10 all_killed && queued; then
    semi_sync_source OFF
    within 20 ended "$closing"
  fi
  semi_sync_source ON
  ended "$closing" || { complain close 'not closed: sessions do not end'; kill_sessions "$CLOSES"; }
  wait "$closing"
}

# With SEMI_SYNC=durability a transaction waits until a replica has it, a copy (CLONE) waits until transactions in that state are
# through, and the replica to come is the one that the copy is for: neither would ever end. Nor can a replica log in once waiting
# clients hold every connection. So this server closes until it is copied; the copy has what waited, too.
make_way_for_copy() {
  [[ $SEMI_SYNC == durability ]] && holds "($COPYING OR $FULL) AND $IN_VAIN" || return 0
  log 'closing until a copy of this server is made: transactions wait for a replica, and the first replica waits for them'
  closed_for_copy=$SECONDS
  close_in_vain
}

# Closes this server for another primary. Whoever is at work has until then, and is asked again, so that a wait in vain is seen between.
close() {
  if [[ $SEMI_SYNC == durability ]] && holds "$IN_VAIN"; then
    log 'closing past transactions that no replica has: who waits for them is told nothing'
    close_in_vain || return
  else
    # Waits for transactions that are being committed; none is cut off.
    here 2>/dev/null <<<'SET SESSION lock_wait_timeout = 35; SET GLOBAL super_read_only = ON' ||
      { complain close 'not closed yet: something that writes, or waits for a replica, does not end'; return 1; }
  fi
  semi_sync_source OFF
  log "closed: $(primary) is declared primary"
}

waits_for_copy() { # ANSWERED: whether to open now would only begin that wait
  # Those who could confirm a write are all still to be copied.
  [[ -z $1 || -n $closed_for_copy ]] && holds "$ALONE AND $COPYING" && return
  # Whoever comes back by itself finds a connection.
  [[ -n $closed_for_copy && $((SECONDS - closed_for_copy)) -lt 40 ]] && holds "$ALONE OR $COPYING"
}

be_primary() {
  if [[ $(ask 'SELECT @@GLOBAL.read_only') != 1 ]]; then
    [[ $SEMI_SYNC == off ]] || holds '@@GLOBAL.rpl_semi_sync_source_enabled' || semi_sync_source ON
    make_way_for_copy
    return
  fi
  local following host answer open has missing answered=
  # A question that this server leaves open, as when its connections are all taken, must not count as one that it denied.
  following=$(source_host) || return
  for host in $(others); do
    if ! answer=$(there "$host" --execute="$HAS" 2>/dev/null); then
      # A primary that comes back may open alone; a replica that is promoted must know that the old primary is closed.
      if [[ -n $following && ! -e $lost ]]; then
        complain open "not opening: $host does not answer. If it will not come back: promote.sh --old-primary-is-lost"
        return
      fi
      continue
    fi
    read -r open has <<<"${answer//\\n/}"
    if [[ $open == 0 ]]; then
      complain open "not opening: $host is open; it closes itself when the declaration reaches it"
      return
    fi
    missing=$(ask "SELECT GTID_SUBTRACT('$has', @@GLOBAL.gtid_executed)") || return
    if [[ -n $missing ]]; then
      complain open "not opening: $host has transactions that this server lacks: $missing"
      return
    fi
    answered=yes
  done
  if [[ $SEMI_SYNC == durability ]] && waits_for_copy "$answered"; then
    complain open 'not opening: no replica follows, and the first one is being copied from here'
    return
  fi
  # Everything that was received from the old primary is applied before anything new is written, and nothing more is received meanwhile.
  [[ -z $following ]] || here <<<'STOP REPLICA IO_THREAD' || return
  missing=$(ask "SELECT GTID_SUBTRACT((SELECT COALESCE(MAX(RECEIVED_TRANSACTION_SET), '') FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''), @@GLOBAL.gtid_executed)") || return
  if [[ -n $missing ]]; then
    complain open "not opening: still applying $missing"
    return
  fi
  [[ -z $following ]] || here <<<'STOP REPLICA; RESET REPLICA ALL' || return
  semi_sync_source ON
  here <<<'SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF' || return
  rm -f "$lost"
  closed_for_copy=
  log 'open: this server takes writes'
}

be_replica() {
  closed_for_copy=
  [[ ! -e $lost ]] || rm -f "$lost" # said of another promotion
  local wanted current answer open has errant password
  [[ $(ask "SELECT $CLOSED") != 0 ]] || close || return
  wanted=$(primary)
  current=$(source_host) || return
  if [[ $current != "$wanted" ]]; then
    # Only once the new primary is open: until then whatever was received from the old one is kept and applied.
    answer=$(there "$wanted" --execute="$HAS" 2>/dev/null) || { complain follow "waiting for the primary $wanted to answer"; return; }
    read -r open has <<<"${answer//\\n/}"
    [[ $open == 0 ]] || { complain follow "waiting for the primary $wanted to open"; return; }
    errant=$(ask "SELECT GTID_SUBTRACT(CONCAT_WS(',', NULLIF(@@GLOBAL.gtid_executed, ''), NULLIF((SELECT MAX(RECEIVED_TRANSACTION_SET) FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''), '')), '$has')") || return
    if [[ -n $errant ]]; then
      complain follow "refusing to follow $wanted: this server has transactions that it never saw: $errant. They were not acknowledged with semi-synchronous replication; look at them, then delete this server's volume claim and pod: it will copy the primary"
      return
    fi
    here <<<"STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_HOST = '$wanted', SOURCE_PORT = 3306, SOURCE_USER = 'replication',
      SOURCE_PASSWORD = $(sql_string "$(secret replication-password)"), SOURCE_AUTO_POSITION = 1, $SOURCE_TLS, SOURCE_CONNECT_RETRY = 2,
      SOURCE_RETRY_COUNT = 864000; START REPLICA" && log "following $wanted"
    return
  fi
  # A changed password, or a changed choice of TLS: what the server keeps for the primary follows. By its hash: the server keeps the words of a
  # SELECT in its statistics, and this one is asked all the time.
  password=$(secret replication-password) || return
  if [[ $(here <<<"SELECT SHA2(User_password, 256) = '$(printf %s "$password" | sha256sum | cut -c 1-64)' AND Ssl_ca = '$AUTHORITY' FROM mysql.slave_master_info WHERE Channel_name = ''") == 0 ]]; then
    here <<<"STOP REPLICA IO_THREAD; CHANGE REPLICATION SOURCE TO SOURCE_PASSWORD = $(sql_string "$password"), $SOURCE_TLS; START REPLICA IO_THREAD" &&
      log 'takes the new replication password, or choice of TLS'
  fi
  # The applier is left alone: when it stopped, a human must know why. The receiver may stop for good at a passing error.
  if [[ $(ask "SELECT SERVICE_STATE FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''") == OFF ]]; then
    here <<<'START REPLICA IO_THREAD' && complain receiver 'receiver started again'
  fi
}

# A renewed certificate arrives in the mounted files. Connections that are open keep the one that they began with.
load_certificate() {
  [[ -n $AUTHORITY ]] || return 0
  local certificate answer
  certificate=$(<"$SECRETS/tls.crt") || return 0
  [[ $certificate != "${LOADED:-}" ]] || return 0
  answer=$(here 2>&1 <<<'ALTER INSTANCE RELOAD TLS') || { complain certificate "the certificate cannot be loaded: $answer"; return 0; }
  LOADED=$certificate
  log "certificate loaded, valid until $(ask "SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Ssl_server_not_after'")"
}

while sleep 1; do
  ask 'SELECT 1' >/dev/null || continue
  load_certificate
  if [[ $(primary) == "$POD_NAME" ]]; then be_primary; else be_replica; fi
done
