#!/bin/sh
# start.sh FILE.conf [OPTION VALUE]...: redis-server with this file, these options and the users of the .acl file beside it.
# Passwords travel by standard input: in an argument every process list would show them.
set -eu
. "$(dirname "$0")/server.sh"
users=$(users "${1%.conf}.acl")
copying=
if [ -e "$SECRETS/replication-password" ]; then
  password=$(quoted replication)
  copying="masteruser replication
masterauth \"$password\""
fi
encryption=$(encryption)
keep_certificate
exec redis-server "$@" - <<CONFIGURATION
$users
$copying
$encryption
CONFIGURATION
