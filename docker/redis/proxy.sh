#!/bin/sh
# proxy.sh FILE: HAProxy with this file. The password for its checks comes from a file in memory: HAProxy sets it for itself, so
# neither an argument nor the environment that the process was started with shows it.
set -eu
. "$(dirname "$0")/server.sh"
umask 077
password=$(quoted probe)
# What HAProxy reads between double quotes: the same, and the dollar sign.
printf 'global\n    setenv PROBE_PASSWORD "%s"\n' "$(printf '%s' "$password" | sed 's/[\\"$]/\\&/g')" >/run/haproxy/password.cfg
# HAProxy ends where a name in its file has no address, and Kubernetes would then try again ever later: after a power cut, when DNS is the last
# to be back, sessions and queues would be away for minutes longer than need be.
# The image's STOPSIGNAL is USR1, which asks HAProxy to end; as process 1 the shell ignores what it has no trap for.
trap 'exit 143' TERM INT USR1
until answer=$(haproxy -c -f /run/haproxy/password.cfg -f "$1" 2>&1); do
  answer=$(echo "$answer" | sed -n 's/.*\(could not resolve address\)/\1/p' | head -n 1)
  [ -n "$answer" ] || break # HAProxy says itself what else is wrong, and ends
  once "waiting: $answer"
  sleep 1
done
exec haproxy -db -f /run/haproxy/password.cfg -f "$1"
