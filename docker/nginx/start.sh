#!/bin/sh
# start.sh: nginx, once PHP's Service has an address. nginx ends where a name in its files has none, and Kubernetes would then try
# again ever later: after a power cut, when DNS is the last to be back, the site would be away for minutes longer than need be.
set -eu
# As process 1 a shell without a trap ignores the stop signals.
trap 'exit 143' TERM QUIT INT
waited=0
until getent hosts php >/dev/null; do # as long as DNS itself takes to say no
  [ "$waited" = 1 ] || echo 'start: waiting: no address is known of Service php' >&2
  waited=1
  sleep 1
done
exec nginx -c "$(dirname "$0")/nginx.conf" -g 'daemon off;'
