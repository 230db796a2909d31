#!/bin/sh
# proxy.sh FILE: HAProxy with this file. The password for its checks comes from a file in memory: HAProxy sets it for itself, so
# neither an argument nor the environment that the process was started with shows it.
set -eu
. "$(dirname "$0")/server.sh"
umask 077
password=$(quoted probe)
# What HAProxy reads between double quotes: the same, and the dollar sign.
printf 'global\n    setenv PROBE_PASSWORD "%s"\n' "$(printf '%s' "$password" | sed 's/[\\"$]/\\&/g')" >/run/haproxy/password.cfg
exec haproxy -db -f /run/haproxy/password.cfg -f "$1"
