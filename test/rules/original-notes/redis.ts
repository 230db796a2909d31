import { fault, type Fault } from './fault';

const COMMENT = 'has a comment on its line, which stops Redis from starting; give the comment its own line';

export const redisFaults: readonly Fault[] = [
  fault(1, 'a comment behind save', 'redis/redis.conf', 'save ""', 'save 900 1      # after 15 minutes', ['save 900 1', `save ${COMMENT}`]),
  fault(2, 'a comment behind maxmemory', 'redis/redis.conf', '', 'maxmemory 256mb   # at most', [
    'maxmemory 256mb',
    `maxmemory ${COMMENT}`,
  ]),
  fault(2, 'a comment behind maxmemory-policy', 'redis/redis.conf', 'maxmemory-policy noeviction', 'maxmemory-policy noeviction # never', [
    'maxmemory-policy noeviction #',
    `maxmemory-policy ${COMMENT}`,
  ]),
  fault(3, 'jobs in a Redis that evicts', 'redis/redis.conf', 'maxmemory-policy noeviction', 'maxmemory-policy allkeys-lru', [
    'maxmemory-policy allkeys-lru',
    'maxmemory-policy is allkeys-lru; it must be noeviction, or jobs and sessions are dropped when memory is full',
  ]),
  fault(3, 'jobs that are not on disk', 'redis/redis.conf', 'appendonly yes', 'appendonly no', [
    'appendonly no',
    'appendonly is no; it must be yes, or jobs and sessions are gone after a restart',
  ]),
  fault(
    4,
    'a health check that is content with every answer',
    'docker-compose.yml',
    `[CMD-SHELL, '[ "$$(redis-cli ping)" = PONG ]']`,
    '["CMD", "redis-cli", "ping"]',
    [
      '"redis-cli", "ping"',
      'test CMD redis-cli ping is content with every answer, also with NOAUTH and MASTERDOWN; compare it: [ "$$(redis-cli ping)" = PONG ]',
    ],
  ),
  fault(5, 'a password in redis.conf', 'redis/redis.conf', '', 'requirepass your_strong_password', [
    'requirepass',
    'requirepass is a password in version control and in a ConfigMap; remove it, start.sh makes the users from the Secret',
  ]),
  fault(
    33,
    'three servers of a cluster that is none',
    'docker-compose.yml',
    '[redis-server, /etc/fintrack/redis/redis.conf, --maxmemory, 256mb, --protected-mode, "no"]',
    'redis-server --cluster-enabled yes',
    [
      '--cluster-enabled',
      "command redis-server --cluster-enabled yes makes no cluster by itself, and scripts of Laravel's queues fail on one; remove it, Kubernetes runs a set (redis.availability)",
    ],
  ),
  fault(33, 'the same in redis.conf', 'redis/redis.conf', '', 'cluster-enabled yes', [
    'cluster-enabled',
    "cluster-enabled is no high availability by itself, and scripts of Laravel's queues fail on a cluster; remove it and set redis.availability",
  ]),
  fault(
    33,
    'one Sentinel',
    'docker-compose.yml',
    '[redis-server, /etc/fintrack/redis/redis.conf, --maxmemory, 256mb, --protected-mode, "no"]',
    'redis-sentinel /etc/redis/sentinel.conf',
    [
      'redis-sentinel',
      'command redis-sentinel /etc/redis/sentinel.conf is one Sentinel, which is no majority; remove it, Kubernetes runs three (redis.availability)',
    ],
  ),
];
