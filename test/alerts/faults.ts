import { bending, ending, FAULT, gone, growing, of, PODS, steady, turning, type Series } from './healthy';
import { PLATFORM_FAULTS } from './platform-faults';

/** Something that goes wrong at minute `FAULT`, and who says so. */
export interface Fault {
  /** Series that are other than on a healthy day. */
  readonly changed: Series;
  /** Minutes after the fault at which nobody says anything yet. @default 0 */
  readonly silent?: number;
  /** Minutes after the fault at which somebody has. */
  readonly after: number;
  /** Alerts that fire then, each with their number; all others are silent. */
  readonly fires: Readonly<Record<string, number>>;
}

const webOf = (metric: string, more: Readonly<Record<string, string>>, values: string): Series =>
  Object.fromEntries((PODS['nginx'] ?? []).map((name) => [of(metric, name, more), values]));
const errors = (perMinute: number) => webOf('fintrack_http_requests_total', { class: '5xx' }, bending(0.3, perMinute));
/** Of a pod that is heard from another address since the fault, and of whose end at the former one nothing was heard. */
const moved = (metric: string, name: string, more: Readonly<Record<string, string>>, before: string, since: number): Series => ({
  [of(metric, name, more)]: before,
  [of(metric, name, { ...more, instance: 'another address' })]: `_x${FAULT} ${since}x300`,
});
const queue = { key: 'fintrack_queues:default' };
const reserved = { key: 'fintrack_queues:default:reserved' };
const REPLICA = 'mysql-replica-0';

/** One fault for each alert at least, by what happens. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  'a tenth of all requests fails': { changed: errors(66), silent: 8, after: 14, fires: { FintrackErrorsFastBurn: 1 } },
  'one request in a hundred fails': { changed: errors(7), after: 280, fires: { FintrackErrorsSlowBurn: 1, FintrackErrorsBudget: 1 } },
  'one request in three hundred fails': { changed: errors(2.4), silent: 60, after: 290, fires: { FintrackErrorsBudget: 1 } },
  'half of all requests are slow': {
    changed: webOf('fintrack_http_request_duration_seconds_bucket', { le: '0.5' }, bending(656, 330)),
    after: 40,
    fires: { FintrackSlowBurn: 1 },
  },
  'at night the few requests that there are are slow': {
    changed: {
      ...webOf('fintrack_http_request_duration_seconds_count', {}, bending(660, 0.06)),
      ...webOf('fintrack_http_request_duration_seconds_bucket', { le: '0.5' }, bending(660, 0)),
    },
    after: 150,
    fires: {},
  },
  'of few requests fewer still fail': {
    changed: {
      ...webOf('fintrack_http_requests_total', { class: '2xx' }, growing(0.1)),
      ...webOf('fintrack_http_requests_total', { class: '4xx' }, growing(0)),
      ...webOf('fintrack_http_requests_total', { class: '5xx' }, growing(0.01)),
    },
    after: 290,
    fires: {},
  },
  'every nginx is away': {
    changed: { ...gone('nginx-a', 'nginx-b') },
    after: 3,
    fires: { FintrackNginxDown: 1 },
  },
  'every php is away': {
    changed: {
      ...gone('php-a', 'php-b'),
      ...Object.fromEntries((PODS['php'] ?? []).map((name) => [of('phpfpm_up', name), ending(1)])),
    },
    after: 3,
    fires: { FintrackPhpDown: 1 },
  },
  'everything was off, Prometheus too, and nginx stayed away': {
    changed: Object.fromEntries((PODS['nginx'] ?? []).map((name) => [of('up', name), '1x59'])),
    after: 3,
    fires: { FintrackNginxDown: 1 },
  },
  'everything was off, Prometheus too, and PHP stayed away': {
    changed: Object.fromEntries((PODS['php'] ?? []).map((name) => [of('phpfpm_up', name), '1x59'])),
    after: 3,
    fires: { FintrackPhpDown: 1 },
  },
  'requests wait for children that are all busy': {
    changed: { [of('phpfpm_listen_queue', 'php-a')]: turning(0, 7), [of('phpfpm_idle_processes', 'php-a')]: turning(4, 0) },
    silent: 1,
    after: 4,
    fires: { FintrackPhpSaturated: 1 },
  },
  'requests wait while children are idle': { changed: { [of('phpfpm_listen_queue', 'php-a')]: turning(0, 7) }, after: 30, fires: {} },
  'the primary takes no connection': {
    changed: { [of('mysql_up', 'mysql-primary-0')]: turning(1, 0), [of('mysql_global_variables_read_only', 'mysql-primary-0')]: ending(0) },
    after: 3,
    fires: { FintrackMysqlDown: 1, FintrackMysqlNoPrimary: 1 },
  },
  'the primary takes reads only': {
    changed: {
      [of('mysql_global_variables_read_only', 'mysql-primary-0')]: turning(0, 1),
      [of('mysql_slave_status_replica_io_running', 'mysql-primary-0')]: steady(1),
    },
    after: 3,
    fires: { FintrackMysqlNoPrimary: 1 },
  },
  'two servers take writes': {
    changed: {
      [of('mysql_global_variables_read_only', REPLICA)]: turning(1, 0),
      [of('mysql_global_status_rpl_semi_sync_source_status', REPLICA)]: steady(1),
    },
    after: 2,
    fires: { FintrackMysqlSplitBrain: 1 },
  },
  'everything was off, Prometheus too, while jobs waited': {
    changed: {
      ...moved('mysql_global_variables_read_only', 'mysql-primary-0', {}, '0x59', 0),
      ...moved('redis_instance_info', 'redis-0', { role: 'master' }, '1x59', 1),
      ...moved('redis_key_size', 'redis-0', queue, '0x55 3x3', 0),
    },
    after: 4,
    fires: {},
  },
  'everything was off, Prometheus too, and the primary stayed away': {
    changed: { [of('mysql_global_variables_read_only', 'mysql-primary-0')]: '0x59' },
    after: 3,
    fires: { FintrackMysqlNoPrimary: 1 },
  },
  'everything was off, Prometheus too, and nobody takes the jobs since then': {
    changed: {
      ...moved('redis_key_size', 'redis-0', queue, '0x55 3x3', 3),
      ...moved('redis_key_size', 'redis-0', reserved, '0x55 1x3', 0),
    },
    silent: 4,
    after: 8,
    fires: { FintrackQueueStuck: 1 },
  },
  'a replica no longer repeats': {
    changed: { [of('mysql_slave_status_replica_sql_running', REPLICA)]: turning(1, 0) },
    after: 3,
    fires: { FintrackMysqlReplicationStopped: 1 },
  },
  'a replica no longer receives': {
    changed: { [of('mysql_slave_status_replica_io_running', REPLICA)]: turning(1, 0) },
    after: 3,
    fires: { FintrackMysqlReplicationStopped: 1 },
  },
  'a replica of an older server no longer repeats, and still receives': {
    changed: {
      [of('mysql_slave_status_replica_io_running', REPLICA)]: '_',
      [of('mysql_slave_status_replica_sql_running', REPLICA)]: '_',
      [of('mysql_slave_status_slave_io_running', REPLICA)]: steady(1),
      [of('mysql_slave_status_slave_sql_running', REPLICA)]: turning(1, 0),
    },
    after: 3,
    fires: { FintrackMysqlReplicationStopped: 1 },
  },
  'a replica of an older server no longer receives': {
    changed: {
      [of('mysql_slave_status_replica_io_running', REPLICA)]: '_',
      [of('mysql_slave_status_replica_sql_running', REPLICA)]: '_',
      [of('mysql_slave_status_slave_io_running', REPLICA)]: turning(1, 0),
      [of('mysql_slave_status_slave_sql_running', REPLICA)]: steady(1),
    },
    after: 3,
    fires: { FintrackMysqlReplicationStopped: 1 },
  },
  'a replica forgot whom it follows': {
    changed: {
      [of('mysql_slave_status_replica_io_running', REPLICA)]: ending(1),
      [of('mysql_slave_status_replica_sql_running', REPLICA)]: ending(1),
    },
    after: 3,
    fires: { FintrackMysqlReplicationStopped: 1 },
  },
  'a replica falls behind': {
    changed: { [of('mysql_slave_status_seconds_behind_source', REPLICA)]: turning(0, 31) },
    after: 4,
    fires: { FintrackMysqlReplicationLag: 1 },
  },
  'a replica of an older server falls behind': {
    changed: { [of('mysql_slave_status_seconds_behind_master', REPLICA)]: turning(0, 31) },
    after: 4,
    fires: { FintrackMysqlReplicationLag: 1 },
  },
  'connections run short': {
    changed: { [of('mysql_global_status_threads_connected', 'mysql-primary-0')]: turning(60, 121) },
    after: 4,
    fires: { FintrackMysqlConnections: 1 },
  },
  'commits wait for the disk no longer': {
    changed: { [of('mysql_global_variables_innodb_flush_log_at_trx_commit', 'mysql-primary-0')]: turning(1, 2) },
    after: 7,
    fires: { FintrackMysqlDurability: 1 },
  },
  'commits wait for the disk of the binary log no longer': {
    changed: { [of('mysql_global_variables_sync_binlog', 'mysql-primary-0')]: turning(1, 0) },
    after: 7,
    fires: { FintrackMysqlDurability: 1 },
  },
  'commits wait for no replica': {
    changed: { [of('mysql_global_status_rpl_semi_sync_source_status', 'mysql-primary-0')]: turning(1, 0) },
    after: 4,
    fires: { FintrackMysqlSemiSyncOff: 1 },
  },
  'a Redis answers nobody': { changed: { [of('redis_up', 'redis-1')]: turning(1, 0) }, after: 3, fires: { FintrackRedisDown: 1 } },
  'no Redis is primary': {
    changed: { [of('redis_instance_info', 'redis-0', { role: 'master' })]: ending(1) },
    after: 3,
    fires: { FintrackRedisPrimaries: 1 },
  },
  'two Redis are primary': {
    changed: {
      [of('redis_instance_info', 'redis-1', { role: 'master' })]: turning(0, 1).replace(/^0x\d+/, (text) => text.replace('0', '_')),
    },
    after: 3,
    fires: { FintrackRedisPrimaries: 1 },
  },
  'Redis throws away jobs': {
    changed: { [of('redis_evicted_keys_total', 'redis-0')]: bending(0, 1) },
    after: 3,
    fires: { FintrackRedisKeysEvicted: 1 },
  },
  'Redis cannot write': {
    changed: { [of('redis_aof_last_write_status', 'redis-0')]: turning(1, 0) },
    after: 3,
    fires: { FintrackRedisNotPersisting: 1 },
  },
  'Redis cannot save': {
    changed: { [of('redis_rdb_last_bgsave_status', 'redis-0')]: turning(1, 0) },
    after: 3,
    fires: { FintrackRedisNotPersisting: 1 },
  },
  'Redis is full': {
    changed: { [of('redis_memory_used_bytes', 'redis-0')]: turning(40e6, 90e6) },
    after: 7,
    fires: { FintrackRedisAlmostFull: 1 },
  },
  'more jobs wait than workers can do': {
    // It never falls, though somebody does take jobs.
    changed: {
      [of('redis_key_size', 'redis-0', queue)]: '0x59 250+10x300',
      [of('redis_key_size', 'redis-0', reserved)]: turning(0, 3),
    },
    silent: 5,
    after: 20,
    fires: { FintrackQueueBacklog: 1 },
  },
  'jobs come faster than they are done, by a worker that has one at hand now and then': {
    changed: {
      [of('redis_key_size', 'redis-0', queue)]: '0x59 1+1x300',
      [of('redis_key_size', 'redis-0', reserved)]: `0x59 ${'0 1 0 '.repeat(100).trim()}`,
    },
    after: 60,
    fires: {},
  },
  'a replica that is cut off keeps jobs that were done': {
    changed: { [of('redis_key_size', 'redis-1', queue)]: turning(0, 3) },
    after: 60,
    fires: {},
  },
  'nobody takes jobs': {
    changed: { [of('redis_key_size', 'redis-0', queue)]: turning(0, 3) },
    silent: 3,
    after: 12,
    fires: { FintrackQueueStuck: 1 },
  },
  'nobody takes jobs, of which more and more come': {
    changed: { [of('redis_key_size', 'redis-0', queue)]: '0x59 1+1x300' },
    after: 12,
    fires: { FintrackQueueStuck: 1 },
  },
  'nobody takes jobs, and nothing is told of what they have at hand': {
    changed: { [of('redis_key_size', 'redis-0', queue)]: turning(0, 3), [of('redis_key_size', 'redis-0', reserved)]: '_' },
    after: 12,
    fires: { FintrackQueueStuck: 1 },
  },
  'workers are busy with their first list, and the second one waits': {
    changed: {
      [of('redis_key_size', 'redis-0', queue)]: turning(0, 3),
      [of('redis_key_size', 'redis-0', { key: 'fintrack_queues:high:reserved' })]: turning(0, 1),
    },
    after: 60,
    fires: {},
  },
  'nobody takes jobs, and workers of another list are busy': {
    changed: {
      [of('redis_key_size', 'redis-0', queue)]: turning(0, 3),
      [of('redis_key_size', 'redis-0', { key: 'fintrack_queues:reports:reserved' })]: turning(0, 1),
    },
    after: 12,
    fires: { FintrackQueueStuck: 1 },
  },
  ...PLATFORM_FAULTS,
  'a server of another environment is down': {
    changed: { 'mysql_up{namespace="another",pod="mysql-primary-0"}': steady(0) },
    after: 30,
    fires: {},
  },
};
