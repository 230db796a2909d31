import { fault, type Fault } from './fault';

const UNPINNED = 'names another build from one day to the next; write tag and digest, name:tag@sha256:…';

export const mysqlFaults: readonly Fault[] = [
  fault(24, 'an account that nobody makes', 'docker-compose.yml', 'MYSQL_USER: "${DB_USERNAME:?is in .env.docker.example}"', 'TZ: UTC', [
    'MYSQL_DATABASE',
    'mysql makes a database and no account, and DB_USERNAME is laravel (docker/.env.docker.example:N); add MYSQL_USER and MYSQL_PASSWORD',
  ]),
  fault(
    25,
    'variables of another image',
    'docker-compose.yml',
    'MYSQL_ROOT_HOST: localhost',
    'MYSQL_REPLICATION_MODE: slave\n      MYSQL_MASTER_HOST: mysql-primary',
    [
      'MYSQL_REPLICATION_MODE',
      'MYSQL_REPLICATION_MODE slave is no variable of this image; remove it, Kubernetes runs replicas (mysql.replicas)',
    ],
    [
      'MYSQL_MASTER_HOST',
      'MYSQL_MASTER_HOST mysql-primary is no variable of this image; remove it, Kubernetes runs replicas (mysql.replicas)',
    ],
  ),
  fault(26, 'innodb_log_file_size', 'mysql/my.cnf', '', 'innodb_log_file_size = 64M', [
    'innodb_log_file_size',
    'innodb_log_file_size stops MySQL 9; remove it, innodb_redo_log_capacity is computed from mysql.memory',
  ]),
  fault(
    27,
    'a query cache',
    'mysql/my.cnf',
    '',
    'query_cache_type = 1\nquery-cache-size = 64M',
    ...(
      [
        ['query_cache_type', 'query_cache_type'],
        ['query-cache-size', 'query_cache_size'],
      ] as const
    ).map(
      ([at, key]) =>
        [at, `${key} stops MySQL 8.0 and later, which have no query cache; remove it, redis-cache keeps what is asked often`] as const,
    ),
  ),
  fault(28, 'commits that a crash loses', 'mysql/my.cnf', 'innodb_flush_log_at_trx_commit = 1', 'innodb_flush_log_at_trx_commit = 2', [
    'innodb_flush_log_at_trx_commit = 2',
    'innodb_flush_log_at_trx_commit is 2; it must be 1, or a crash loses a second of acknowledged transactions',
  ]),
  fault(28, 'a binary log that is not synced', 'mysql/my.cnf', 'sync_binlog = 1', '', [
    '',
    'sync_binlog is missing; it must be 1, or a crash loses acknowledged transactions that replicas then never see',
  ]),
  fault(
    29,
    'a health check that is green too soon, with the password for all to see',
    'docker-compose.yml',
    '[CMD, mysqladmin, --host=127.0.0.1, --port=3306, --connect-timeout=3, ping]',
    '[CMD, mysqladmin, ping, -h, localhost, -u, root, "-proot"]',
    [
      '-proot',
      'test CMD mysqladmin ping -h localhost -u root -proot asks through the socket, where the server answers before it is initialised; add --host=127.0.0.1',
    ],
    [
      '-proot',
      'test CMD mysqladmin ping -h localhost -u root -proot shows the password in every list of processes; leave it out, "access denied" is alive too',
    ],
  ),
  fault(
    30,
    'a password that everybody knows',
    'docker-compose.yml',
    '${DB_ROOT_PASSWORD:?is in .env.docker.example; copy it to .env.docker and pass --env-file .env.docker}',
    '${DB_ROOT_PASSWORD:-root}',
    [
      'DB_ROOT_PASSWORD:-root',
      'MYSQL_ROOT_PASSWORD ${DB_ROOT_PASSWORD:-root} falls back to a password that everybody knows; write ${…:?says what is missing}',
    ],
  ),
  fault(
    30,
    'a password among the settings of production',
    '.env.production.example',
    'DB_USERNAME=laravel',
    'DB_USERNAME=laravel\nDB_ROOT_PASSWORD=root',
    ['DB_ROOT_PASSWORD=root', 'DB_ROOT_PASSWORD root is a secret, no setting; it belongs into a file of docker/secrets'],
  ),
  fault(31, 'phpMyAdmin that logs everybody in', 'docker-compose.yml', 'UPLOAD_LIMIT: 20M', 'PMA_USER: root', [
    'PMA_USER: root',
    'PMA_USER root logs in whoever opens the page; remove it',
  ]),
  fault(
    31,
    'phpMyAdmin in production',
    'docker-compose.prod.yml',
    '  redis-cache:\n    <<: *redis',
    '  redis-cache:\n    <<: *redis\n    image: phpmyadmin:latest',
    ['phpmyadmin:latest', 'image phpmyadmin:latest opens the database to a browser; it is for development only'],
    ['phpmyadmin:latest', `image phpmyadmin:latest ${UNPINNED}`],
  ),
  fault(40, 'a log file of MySQL', 'mysql/my.cnf', '', 'log_error = /var/log/mysql/error.log', [
    'log_error =',
    'log_error writes to a file in a container, read by nobody and gone with it; remove it, the log goes to the standard streams',
  ]),
];
