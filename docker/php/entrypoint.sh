#!/bin/sh
# Entrypoint of every container with the application's code: PHP-FPM, queue worker, scheduler, migration.
# In production it turns settings (a file of NAME=value lines) and secrets (a folder with one file for each variable) into
# Laravel's configuration cache and then becomes the given command, which so needs no secret in its environment.
# Without SECRETS_DIR, as in development, Laravel reads its environment at each request and nothing is cached.
set -eu

if [ -n "${SECRETS_DIR:-}" ]; then
  umask 077 # the configuration cache holds secrets
  # bootstrap/cache is a volume in memory; what the image built (package manifest, routes, events, views) is its start.
  cp -R bootstrap/cache.image/. bootstrap/cache/
  (
    set -a
    . "${SETTINGS_FILE:?names the file with the settings}"
    for file in "$SECRETS_DIR"/*; do
      value=$(cat "$file")
      [ -n "$value" ] || { echo "entrypoint: $file is empty; the Secret it comes from needs a value" >&2; exit 1; }
      export "${file##*/}=$value"
    done
    : "${APP_KEY:?is missing: the Secret needs the key APP_KEY}"
    php artisan config:cache --quiet
  )
fi

exec "$@"
