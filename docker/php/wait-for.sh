#!/bin/sh
# wait-for database: returns when the database accepts the application's account.
# wait-for migrations: returns when every migration of this image has run.
# wait-for assets: returns when nginx has the files that this image's pages name: the last release serves until then.
# Several of them are waited for one after another.
set -eu
# As process 1 a shell without a trap ignores the stop signal, and its pod lives on until it is killed.
trap 'exit 143' TERM QUIT INT

# Many times, for each connection may lead to another pod of nginx, and one of the last release has only its own files. The name is
# looked up once: a hundred times that, in each new pod, would be a load on DNS, and a slow DNS would hold the release up.
# shellcheck disable=SC2016 # variables of PHP
assets='
  $manifest = "public/build/manifest.json";
  $files = is_file($manifest) ? array_values(array_unique(array_column(json_decode(file_get_contents($manifest), true), "file"))) : [];
  $address = gethostbyname("nginx");
  $head = stream_context_create(["http" => ["method" => "HEAD", "timeout" => 2]]);
  for ($try = 0; $try < 100 && $files !== []; $try++) {
      $file = $files[$try % count($files)];
      $answer = @get_headers("http://$address:8080/build/$file", false, $head)[0] ?? "no answer";
      if (! str_contains($answer, " 200 ")) {
          echo "http://nginx:8080/build/$file: $answer";
          exit(1);
      }
  }
'

ask() {
  case "$1" in
    database) php artisan db:monitor --no-ansi ;;
    migrations) php artisan migrate:status --pending=1 --no-ansi ;;
    assets) php -r "$assets" ;;
  esac 2>&1
}

for what; do
  case "$what" in database | migrations | assets) ;; *) set -- ;; esac
done
[ $# -gt 0 ] || { echo "wait-for: give 'database', 'migrations' or 'assets'" >&2; exit 64; }

for what; do
  started=$(date +%s) next=0
  until answer=$(ask "$what"); do
    waited=$(($(date +%s) - started))
    # At once and then every half minute: the reason a pod waits must be in its log.
    if [ "$waited" -ge "$next" ]; then
      echo "wait-for: $what not satisfied after ${waited} s: $(echo "$answer" | grep -v '^ *$' | head -n 1 | cut -c 1-200)" >&2
      next=$((waited + 30))
    fi
    sleep 1
  done
done
