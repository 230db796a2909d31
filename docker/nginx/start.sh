#!/bin/sh
# start.sh: nginx, once PHP's Service has an address. nginx ends where a name in its files has none, and Kubernetes would then try
# again ever later: after a power cut, when DNS is the last to be back, the site would be away for minutes longer than need be.
set -eu
# As process 1 a shell without a trap ignores the stop signals.
trap 'exit 143' TERM QUIT INT
configuration=$(dirname "$0")/nginx.conf
said=
while ! answer=$(nginx -t -q -c "$configuration" 2>&1); do
  # On a line of its own or of its error log, or on both, as nginx was built.
  answer=$(echo "$answer" | sed -n 's/.*\(host not found\)/\1/p' | head -n 1)
  [ -n "$answer" ] || break # nginx says itself what else is wrong, and ends
  [ "$said" = "$answer" ] || echo "start: waiting: $answer" >&2
  said=$answer
  sleep 1
done
exec nginx -c "$configuration" -g 'daemon off;'
