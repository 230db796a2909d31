import { fault, type Fault } from './fault';

const LOG_FILE = 'names a file in a container, read by nobody and gone with it; write';

export const nginxFaults: readonly Fault[] = [
  fault(6, 'an nginx.conf that includes no server', 'nginx/nginx.conf', 'include default*.conf;', '', [
    'http {',
    'http includes no server, so that nginx starts and answers nobody; add "include default*.conf;"',
  ]),
  fault(7, 'no pid', 'nginx/nginx.conf', 'pid /tmp/nginx.pid;', '', [
    '',
    'pid is missing; it must be in /tmp, the one folder that nginx may write',
  ]),
  fault(7, 'temporary files elsewhere', 'nginx/nginx.conf', '/tmp/client_body', '/var/cache/nginx/client_temp', [
    'client_temp;',
    'client_body_temp_path is /var/cache/nginx/client_temp; it must be in /tmp, the one folder that nginx may write',
  ]),
  fault(7, 'no size of a body', 'nginx/nginx.conf', 'client_max_body_size 24m;', '', [
    '-',
    'client_max_body_size is missing, and others are measured against it; write it like 24M',
  ]),
  fault(
    8,
    'worker_connections outside of events',
    'nginx/nginx.conf',
    'worker_processes 2;',
    'worker_processes 2;\nworker_connections 1024;',
    ['worker_connections 1024', 'worker_connections stands outside of every block; it belongs into events {'],
  ),
  fault(
    9,
    'a FastCGI cache without a key',
    'nginx/nginx.conf',
    'gzip on;',
    'fastcgi_cache_path /var/cache/nginx levels=1:2 keys_zone=app:10m;\nfastcgi_cache app;\ngzip on;',
    ['fastcgi_cache_path', "fastcgi_cache_path hands one user's page to another; remove it, Laravel caches what may be shared"],
    ['fastcgi_cache app', "fastcgi_cache hands one user's page to another; remove it, Laravel caches what may be shared"],
  ),
  fault(
    10,
    'a year for every picture and script',
    'nginx/default.prod.conf',
    'location / {',
    'location ~* \\.(jpg|css|js)$ {\n        expires 1y;\n        add_header Cache-Control "public, immutable";\n    }\n    location / {',
    [
      'expires 1y',
      'expires in location ~* \\.(jpg|css|js)$ pins files that change under the same name; only location ^~ /build/assets/ has names with a hash',
    ],
    [
      'add_header Cache-Control "public, immutable"',
      'add_header in location ~* \\.(jpg|css|js)$ pins files that change under the same name; only location ^~ /build/assets/ has names with a hash',
    ],
    [
      'add_header Cache-Control "public, immutable"',
      'add_header Cache-Control takes every other header from location ~* \\.(jpg|css|js)$; include security-headers.conf beside it',
    ],
  ),
  fault(
    11,
    'try_files with $uri/',
    'nginx/default.prod.conf',
    'try_files $uri /index.php?$query_string;',
    'try_files $uri $uri/ /index.php?$query_string;',
    ['$uri/', 'try_files tries $uri/, which answers "/" with 403 where no index.php lies; remove that word'],
  ),
  fault(
    11,
    'every .php file executable',
    'nginx/default.prod.conf',
    'location ~ \\.php$ {\n        return 404;',
    'location ~ \\.php$ {\n        fastcgi_pass php:9000 ;',
    ['fastcgi_pass php:9000 ;', 'fastcgi_pass in location ~ \\.php$ runs files that are not meant to run; pass location = /index.php only'],
  ),
  fault(
    11,
    'the same in development',
    'nginx/default.conf',
    'location ~ \\.php$ {\n        return 404;',
    'location ~ \\.php$ {\n        fastcgi_pass php:9000 ;',
    ['fastcgi_pass php:9000 ;', 'fastcgi_pass in location ~ \\.php$ runs files that are not meant to run; pass location = /index.php only'],
  ),
  fault(12, 'http2 in listen', 'nginx/default.prod.conf', 'listen 8080 default_server;', 'listen 8080 ssl http2;', [
    'listen 8080 ssl http2',
    'listen names http2, which listen no longer takes; write "http2 on;" beside it',
  ]),
  fault(
    13,
    'a policy without a nonce',
    'nginx/security-headers.conf',
    '',
    `add_header Content-Security-Policy "default-src 'self'" always;`,
    [
      'add_header Content-Security-Policy',
      'add_header sets the Content-Security-Policy, which needs a nonce for each response; remove it, Laravel sends it',
    ],
  ),
  fault(14, 'X-XSS-Protection', 'nginx/security-headers.conf', '', 'add_header X-XSS-Protection "1; mode=block" always;', [
    'add_header X-XSS-Protection',
    'add_header sets X-XSS-Protection, which browsers have removed; remove it',
  ]),
  fault(40, 'a log file of nginx', 'nginx/nginx.conf', 'access_log /dev/stdout json;', 'access_log /var/log/nginx/access.log;', [
    'access_log /var',
    `access_log ${LOG_FILE} /dev/stdout`,
  ]),
  fault(40, 'an error log of nginx', 'nginx/nginx.conf', 'error_log /dev/stderr error;', 'error_log /var/log/nginx/error.log;', [
    'error_log /var',
    `error_log ${LOG_FILE} /dev/stderr`,
  ]),
];
