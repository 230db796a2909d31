#!/bin/sh
# certificate.sh [restart]: has a renewed certificate loaded by the server of this pod, for as long as that lives. Connections that are
# open keep the one that they began with. LOADED is the one that the server has. With "restart", for a Sentinel, which has no command for
# it: the Sentinel ends and is started again, one after the other; what they have learned is on their volumes.
set -u
. "$(dirname "$0")/server.sh"

while sleep 1; do
  certificate=$(cat "$SECRETS/tls.crt") && [ "$certificate" != "$LOADED" ] || continue
  if [ "${1:-}" = restart ]; then
    log 'a renewed certificate is there: this Sentinel is started again'
    sleep "$((${HOSTNAME##*-} * 10))"
    kill "$PPID"
    exit
  fi
  # All at once, or key and certificate would not match; with the names unchanged, Redis reads the files anew.
  answer=$(sh "$(dirname "$0")/operator.sh" config set tls-cert-file "$SECRETS/tls.crt" tls-key-file "$SECRETS/tls.key" tls-ca-cert-file "$SECRETS/ca.crt" 2>&1)
  case $answer in
    OK) LOADED=$certificate; log 'certificate loaded' ;;
    *) once "the certificate cannot be loaded: $answer" ;;
  esac
done
