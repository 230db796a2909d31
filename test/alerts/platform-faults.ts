import type { Fault } from './faults';
import { ending, FAULT, gone, jobOf, of, revisionsOf, series, steady, turning, type Series } from './healthy';

/** A Job begins at the fault and does not succeed, as the one before it did. */
const failing = (succeeded = 0) => ({ begins: turning(succeeded - 300, FAULT * 60), succeeds: steady(succeeded) });

/** What Argo CD tells of an Application from the fault on, instead of that all is well. */
const application = ({ sync = 'Synced', health = 'Healthy', operation = '', values = steady(1, 300) }): Series => ({
  'argocd_app_info{dest_namespace="fintrack",name="fintrack-web",sync_status="Synced",health_status="Healthy"}': ending(1),
  [`argocd_app_info{dest_namespace="fintrack",name="fintrack-web",sync_status="${sync}",health_status="${health}",operation="${operation}"}`]: `_x${FAULT - 1} ${values}`,
});

/** Faults of what docker/prometheus/platform.yml watches. */
export const PLATFORM_FAULTS: Readonly<Record<string, Fault>> = {
  'a replica is away': {
    changed: {
      ...gone('redis-2'),
      [of('redis_up', 'redis-2')]: ending(1),
      [of('redis_instance_info', 'redis-2', { role: 'slave' })]: ending(1),
    },
    silent: 4,
    after: 7,
    fires: { FintrackPodsMissing: 1 },
  },
  'every pod of a workload is away': {
    changed: gone('nginx-a', 'nginx-b'),
    after: 7,
    fires: { FintrackNginxDown: 1, FintrackPodsMissing: 1 },
  },
  'metrics do not answer': {
    changed: { [of('up', 'redis-cache-a')]: turning(1, 0) },
    silent: 4,
    after: 7,
    fires: { FintrackTargetDown: 1, FintrackPodsMissing: 1 },
  },
  'the scheduler is away': {
    changed: { [series('kube_deployment_status_replicas_available', { deployment: 'scheduler' })]: turning(1, 0) },
    silent: 9,
    after: 12,
    fires: { FintrackDeploymentDown: 1 },
  },
  'a volume fills': {
    changed: { [series('kubelet_volume_stats_available_bytes', { persistentvolumeclaim: 'data-mysql-primary-0' })]: '14.9-0.02x400' },
    after: 60,
    fires: { FintrackVolumeFillingUp: 1 },
  },
  'a volume is full': {
    changed: { [series('kubelet_volume_stats_available_bytes', { persistentvolumeclaim: 'data-mysql-primary-0' })]: turning(60, 4) },
    after: 3,
    fires: { FintrackVolumeAlmostFull: 1 },
  },
  'backups fail': { changed: jobOf('backup', failing(-26 * 3600 + 3600)), after: 20, fires: { FintrackBackupStale: 1 } },
  'snapshots of Redis fail': { changed: jobOf('backup-redis', failing(-26 * 3600 + 3600)), after: 20, fires: { FintrackBackupStale: 1 } },
  'no backup ever succeeded': {
    changed: {
      ...jobOf('backup', { begins: `_x${FAULT - 1} ${steady(FAULT * 60)}` }),
      [series('kube_cronjob_created', { cronjob: 'backup' })]: steady(-26 * 3600 + 3600),
    },
    after: 60,
    fires: { FintrackBackupStale: 1 },
  },
  'a backup fails': {
    changed: jobOf('backup', failing(-24 * 3600)),
    silent: 14,
    after: 17,
    fires: { FintrackBackupFailed: 1 },
  },
  'a backup failed, and the last one is too old': {
    changed: jobOf('backup', failing(-24 * 3600)),
    after: 140,
    fires: { FintrackBackupStale: 1 },
  },
  'backups are no longer what was stored': {
    changed: jobOf('backup-prune', failing()),
    silent: 14,
    after: 17,
    fires: { FintrackBackupFailed: 1 },
  },
  'the first test of a backup fails': {
    changed: jobOf('restore-test', { begins: `_x${FAULT - 1} ${steady(FAULT * 60)}` }),
    silent: 14,
    after: 17,
    fires: { FintrackBackupFailed: 1 },
  },
  'a test of a backup takes long': { changed: jobOf('restore-test', { ...failing(), active: turning(0, 1) }), after: 240, fires: {} },
  'logs are not stored': {
    changed: { [series('kube_deployment_status_replicas_available', { deployment: 'backup-logs' })]: turning(1, 0) },
    after: 14,
    fires: { FintrackBackupLogsStopped: 1 },
  },
  'nobody tries backups': {
    changed: {
      [series('kube_cronjob_created', { cronjob: 'restore-test' })]: steady(0),
      ...jobOf('restore-test', { begins: steady(-15 * 86400), succeeds: steady(-15 * 86400 + 3600) }),
    },
    after: 62,
    fires: { FintrackRestoreTestStale: 1 },
  },
  'a container ends again and again': {
    changed: {
      [series('kube_pod_container_status_waiting_reason', { pod: 'php-a', container: 'php', reason: 'CrashLoopBackOff' })]: turning(0, 1),
    },
    after: 3,
    fires: { FintrackContainerFailing: 1 },
  },
  'a container had too little memory': {
    changed: {
      [series('kube_pod_container_status_restarts_total', { pod: 'php-a', container: 'php' })]: turning(2, 3),
      [series('kube_pod_container_status_last_terminated_reason', { pod: 'php-a', container: 'php', reason: 'OOMKilled' })]: turning(0, 1),
    },
    after: 3,
    fires: { FintrackContainerFailing: 1 },
  },
  'a release does not get on': {
    changed: {
      [series('kube_deployment_status_condition', { deployment: 'php', condition: 'Progressing', status: 'false' })]: turning(0, 1),
    },
    after: 3,
    fires: { FintrackRolloutStuck: 1 },
  },
  'a release of a StatefulSet does not get on': {
    changed: {
      ...revisionsOf('mysql-primary', 'a', 'b'),
      [series('kube_statefulset_status_replicas_ready', { statefulset: 'mysql-primary' })]: turning(1, 0),
    },
    silent: 9,
    after: 13,
    fires: { FintrackRolloutStuck: 1 },
  },
  'a server of a StatefulSet is not ready, as a replica that is behind': {
    changed: { [series('kube_statefulset_status_replicas_ready', { statefulset: 'mysql-primary' })]: turning(1, 0) },
    after: 120,
    fires: {},
  },
  'an autoscaler can do no more': {
    changed: { [series('kube_horizontalpodautoscaler_status_current_replicas', { horizontalpodautoscaler: 'php' })]: turning(3, 10) },
    silent: 10,
    after: 17,
    fires: { FintrackAutoscalerAtLimit: 1 },
  },
  'a budget lacks pods': {
    changed: { [series('kube_poddisruptionbudget_status_current_healthy', { poddisruptionbudget: 'php' })]: turning(3, 1) },
    after: 17,
    fires: { FintrackDisruptionBudgetUnmet: 1 },
  },
  'a Secret follows its store no longer': {
    changed: {
      'externalsecret_status_condition{namespace="external-secrets",exported_namespace="fintrack",name="fintrack-app",condition="Ready",status="False"}':
        turning(0, 1),
    },
    after: 7,
    fires: { FintrackSecretNotSynced: 1 },
  },
  'a Secret follows its store no longer, and its monitor honors labels': {
    changed: { [series('externalsecret_status_condition', { name: 'fintrack-app', condition: 'Ready', status: 'False' })]: turning(0, 1) },
    after: 7,
    fires: { FintrackSecretNotSynced: 1 },
  },
  'a certificate is not renewed': {
    changed: {
      'certmanager_certificate_expiration_timestamp_seconds{namespace="cert-manager",exported_namespace="fintrack",name="web"}': turning(
        30 * 86400,
        6 * 86400,
      ),
    },
    after: 62,
    fires: { FintrackCertificateExpiring: 1 },
  },
  'a certificate is not valid, and its monitor honors labels': {
    changed: { [series('certmanager_certificate_ready_status', { name: 'web', condition: 'False' })]: turning(0, 1) },
    after: 62,
    fires: { FintrackCertificateExpiring: 1 },
  },
  'a certificate is not renewed, and its monitor honors labels': {
    changed: { [series('certmanager_certificate_expiration_timestamp_seconds', { name: 'web' })]: turning(30 * 86400, 6 * 86400) },
    after: 62,
    fires: { FintrackCertificateExpiring: 1 },
  },
  'a certificate is not valid': {
    changed: {
      'certmanager_certificate_ready_status{namespace="cert-manager",exported_namespace="fintrack",name="web",condition="False"}': turning(
        0,
        1,
      ),
    },
    after: 62,
    fires: { FintrackCertificateExpiring: 1 },
  },
  'Argo CD cannot make it as it is in Git': {
    changed: application({ sync: 'OutOfSync' }),
    silent: 14,
    after: 17,
    fires: { FintrackNotAsInGit: 1 },
  },
  'what Argo CD made is not healthy': {
    changed: application({ health: 'Degraded' }),
    silent: 14,
    after: 17,
    fires: { FintrackNotAsInGit: 1 },
  },
  'Argo CD and somebody else undo what the other did': {
    changed: {
      ...application({ sync: 'OutOfSync', values: '1 _ '.repeat(150).trim() }),
      ...application({ sync: 'OutOfSync', operation: 'sync', values: '_ 1 '.repeat(150).trim() }),
    },
    silent: 14,
    after: 17,
    fires: { FintrackNotAsInGit: 1 },
  },
};
