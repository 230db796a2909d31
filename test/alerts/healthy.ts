/** Values of a series, one each minute, as promtool reads them. */
export type Series = Readonly<Record<string, string>>;

/** Minutes after which a scenario goes wrong. */
export const FAULT = 60;

/** Minutes of a scenario. */
const LENGTH = 300;

/** A value that stays. @param minutes @default - longer than any scenario */
export const steady = (value: number, minutes = 1500) => `${value}x${minutes}`;

/** A counter that grows by the same each minute. */
export const growing = (perMinute: number, minutes = 1500) => `0+${perMinute}x${minutes}`;

/** One value, and another from the fault on. */
export const turning = (before: number, after: number) => `${before}x${FAULT - 1} ${after}x${LENGTH}`;

/** A counter that from the fault on grows by another number each minute. */
export const bending = (before: number, after: number) => `0+${before}x${FAULT - 1} ${before * FAULT}+${after}x${LENGTH}`;

/** A value that is no more from the fault on. */
export const ending = (value: number) => `${value}x${FAULT - 1} stale`;

/** A series of the namespace in docker/prometheus. */
export const series = (name: string, labels: Readonly<Record<string, string>> = {}) =>
  `${name}{${Object.entries({ namespace: 'fintrack', ...labels })
    .map(([label, value]) => `${label}="${value}"`)
    .join(',')}}`;

/** Pods of the installation that scenarios speak of, by their workload. */
export const PODS: Readonly<Record<string, readonly string[]>> = {
  nginx: ['nginx-a', 'nginx-b'],
  php: ['php-a', 'php-b'],
  'mysql-primary': ['mysql-primary-0'],
  'mysql-replica': ['mysql-replica-0'],
  redis: ['redis-0', 'redis-1', 'redis-2'],
  'redis-cache': ['redis-cache-a'],
};

/** Labels that Prometheus gives everything of a pod. */
export function pod(name: string) {
  const workload = Object.keys(PODS).find((each) => PODS[each]?.includes(name)) ?? '';
  return { job: workload.split('-')[0] ?? '', workload, pod: name };
}

/** A series of a pod. */
export const of = (metric: string, name: string, more = {}) => series(metric, { ...pod(name), ...more });

/** Pods that are no more from the fault on. */
export const gone = (...names: string[]): Series => Object.fromEntries(names.map((name) => [series('up', pod(name)), ending(1)]));

const eachOf = (workloads: readonly string[], make: (labels: ReturnType<typeof pod>) => Series): Series =>
  Object.assign({}, ...workloads.flatMap((workload) => (PODS[workload] ?? []).map((name) => make(pod(name))))) as Series;

/** When the last Job of a CronJob began, when one last succeeded, and whether one is active, in seconds from the start of a scenario. */
export const jobOf = (cronjob: string, { begins, succeeds, active = steady(0) }: Readonly<Record<string, string>>): Series => ({
  [series('kube_cronjob_status_last_schedule_time', { cronjob })]: begins ?? '_',
  [series('kube_cronjob_status_last_successful_time', { cronjob })]: succeeds ?? '_',
  [series('kube_cronjob_status_active', { cronjob })]: active,
});

/** The revisions of a StatefulSet: that of its pods, and that of its template from the fault on. */
export const revisionsOf = (statefulset: string, current: string, next: string): Series => ({
  [series('kube_statefulset_status_current_revision', { statefulset, revision: current })]: steady(1),
  [series('kube_statefulset_status_update_revision', { statefulset, revision: current })]: next === current ? steady(1) : ending(1),
  ...(next !== current && {
    [series('kube_statefulset_status_update_revision', { statefulset, revision: next })]: `_x${FAULT} ${steady(1, LENGTH)}`,
  }),
});

/** A day on which nothing is wrong: some requests fail and some are slow, as they may; a job waits now and then; volumes fill as they should. */
export const HEALTHY: Series = {
  ...eachOf(Object.keys(PODS), (labels) => ({ [series('up', labels)]: steady(1) })),
  ...eachOf(['nginx'], (labels) => ({
    [series('fintrack_http_requests_total', { ...labels, class: '2xx' })]: growing(600),
    [series('fintrack_http_requests_total', { ...labels, class: '4xx' })]: growing(60),
    [series('fintrack_http_requests_total', { ...labels, class: '5xx' })]: growing(0.3),
    [series('fintrack_http_request_duration_seconds_bucket', { ...labels, le: '0.5' })]: growing(656),
    [series('fintrack_http_request_duration_seconds_bucket', { ...labels, le: '+Inf' })]: growing(660),
    [series('fintrack_http_request_duration_seconds_count', labels)]: growing(660),
  })),
  ...eachOf(['php'], (labels) => ({
    [series('phpfpm_up', labels)]: steady(1),
    [series('phpfpm_listen_queue', labels)]: '0 0 1 0 0x1500',
    [series('phpfpm_idle_processes', labels)]: '4 0 0 3 4x1500',
  })),
  ...eachOf(['mysql-primary', 'mysql-replica'], (labels) => ({
    [series('mysql_up', labels)]: steady(1),
    [series('mysql_global_variables_read_only', labels)]: steady(labels.workload === 'mysql-primary' ? 0 : 1),
    [series('mysql_global_status_threads_connected', labels)]: steady(60),
    [series('mysql_global_variables_max_connections', labels)]: steady(150),
    [series('mysql_global_variables_innodb_flush_log_at_trx_commit', labels)]: steady(1),
    [series('mysql_global_variables_sync_binlog', labels)]: steady(1),
    [series('mysql_global_status_rpl_semi_sync_source_status', labels)]: steady(labels.workload === 'mysql-primary' ? 1 : 0),
  })),
  ...eachOf(['mysql-replica'], (labels) => ({
    [series('mysql_slave_status_replica_io_running', labels)]: steady(1),
    [series('mysql_slave_status_replica_sql_running', labels)]: steady(1),
    [series('mysql_slave_status_seconds_behind_source', labels)]: '0 2 0x1500',
  })),
  ...eachOf(['redis', 'redis-cache'], (labels) => ({
    [series('redis_up', labels)]: steady(1),
    [series('redis_instance_info', { ...labels, role: /^redis-(0|cache-a)$/.test(labels.pod) ? 'master' : 'slave' })]: steady(1),
    [series('redis_evicted_keys_total', labels)]: labels.workload === 'redis' ? steady(0) : growing(50),
    [series('redis_memory_used_bytes', labels)]: steady(labels.workload === 'redis' ? 40e6 : 99e6),
    [series('redis_memory_max_bytes', labels)]: steady(100e6),
  })),
  ...eachOf(['redis'], (labels) => ({
    [series('redis_rdb_last_bgsave_status', labels)]: steady(1),
    [series('redis_aof_last_write_status', labels)]: steady(1),
    [series('redis_key_size', { ...labels, key: 'fintrack_queues:default' })]: '0 3 1 0 5 2 0 0 40 12 0 0x1500',
    [series('redis_key_size', { ...labels, key: 'fintrack_queues:default:reserved' })]: '0 1 1 0 2 1 0 0 3 3 0 0x1500',
  })),
  [series('kubelet_volume_stats_capacity_bytes', { persistentvolumeclaim: 'data-mysql-primary-0' })]: steady(100),
  [series('kubelet_volume_stats_available_bytes', { persistentvolumeclaim: 'data-mysql-primary-0' })]: '60-0.005x1500',
  [series('kube_cronjob_created', { cronjob: 'backup' })]: steady(0),
  [series('kube_cronjob_created', { cronjob: 'backup-redis' })]: steady(0),
  [series('kube_deployment_status_replicas_available', { deployment: 'backup-logs' })]: steady(1),
  [series('kube_deployment_spec_replicas', { deployment: 'backup-logs' })]: steady(1),
  // A release takes a while.
  [series('kube_deployment_status_replicas_available', { deployment: 'scheduler' })]: '1x29 0x8 1x1500',
  [series('kube_deployment_spec_replicas', { deployment: 'scheduler' })]: steady(1),
  // Somebody ended its pods, as nobody needs them.
  [series('kube_deployment_status_replicas_available', { deployment: 'queue-worker-reports' })]: steady(0),
  [series('kube_deployment_spec_replicas', { deployment: 'queue-worker-reports' })]: steady(0),
  ...jobOf('backup', { begins: steady(-300), succeeds: steady(0) }),
  ...jobOf('backup-redis', { begins: steady(-300), succeeds: steady(0) }),
  // It takes forty minutes.
  ...jobOf('backup-prune', { begins: '-80000x119 7200x1500', succeeds: '-79000x159 9600x1500', active: '0x119 1x39 0x1500' }),
  ...jobOf('restore-test', { begins: steady(-300), succeeds: steady(0) }),
  [series('kube_pod_container_status_restarts_total', { pod: 'php-a', container: 'php' })]: steady(2),
  [series('kube_deployment_status_condition', { deployment: 'php', condition: 'Progressing', status: 'false' })]: steady(0),
  [series('kube_statefulset_replicas', { statefulset: 'mysql-primary' })]: steady(1),
  [series('kube_statefulset_status_replicas_ready', { statefulset: 'mysql-primary' })]: steady(1),
  [series('kube_statefulset_status_replicas_updated', { statefulset: 'mysql-primary' })]: steady(1),
  ...revisionsOf('mysql-primary', 'a', 'a'),
  [series('kube_horizontalpodautoscaler_status_current_replicas', { horizontalpodautoscaler: 'php' })]: '3x30 10x8 3x1500',
  [series('kube_horizontalpodautoscaler_spec_max_replicas', { horizontalpodautoscaler: 'php' })]: steady(10),
  [series('kube_horizontalpodautoscaler_spec_min_replicas', { horizontalpodautoscaler: 'php' })]: steady(3),
  [series('kube_poddisruptionbudget_status_desired_healthy', { poddisruptionbudget: 'php' })]: steady(2),
  [series('kube_poddisruptionbudget_status_current_healthy', { poddisruptionbudget: 'php' })]: steady(3),
  'externalsecret_status_condition{namespace="external-secrets",exported_namespace="fintrack",name="fintrack-app",condition="Ready",status="False"}':
    steady(0),
  'certmanager_certificate_expiration_timestamp_seconds{namespace="cert-manager",exported_namespace="fintrack",name="web"}': steady(
    30 * 86400,
  ),
  'argocd_app_info{dest_namespace="fintrack",name="fintrack-web",sync_status="Synced",health_status="Healthy"}': steady(1),
};
