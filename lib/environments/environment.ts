import type { BackupSettings } from '../components/backup';
import type { CertificatesSettings } from '../components/certificates';
import type { EdgeSettings } from '../components/edge';
import type { MonitoringSettings } from '../components/monitoring';
import type { MysqlSettings } from '../components/mysql';
import type { NginxSettings } from '../components/nginx';
import type { PhpSettings } from '../components/php';
import type { RedisCacheSettings, RedisSettings } from '../components/redis';
import type { SecretsSettings } from '../components/secrets';

/** The FinTrack build that an environment runs: two images of one build. */
export interface Release {
  /** Version of the application, for labels and for humans. */
  readonly version: string;
  /** Image with the code, built from docker/php/Dockerfile.prod, target `php`. */
  readonly php: string;
  /** Image with the public files, same build, target `nginx`. */
  readonly nginx: string;
}

/** Where Argo CD reads the manifests of an environment. */
export interface ArgoCdSettings {
  /** Address of the Git repository with this `dist/`, as Argo CD knows it, without a password. */
  readonly repository: string;
  /** Branch, tag or commit that Argo CD follows. */
  readonly revision: string;
}

/**
 * Everything an environment decides, in one typed object in one file: no inheritance, no merging, no environment variables.
 * What it leaves out is a documented default of the component.
 */
export interface Environment {
  /** Its key in `environments`, its folder in `dist/`, Laravel's APP_ENV. */
  readonly name: string;
  /** Namespace that holds all of it and nothing else. */
  readonly namespace: string;
  /** Address that users see, with scheme: Laravel's APP_URL. */
  readonly url: string;
  /** Address of a CDN that fetches public files from `url`, for the links of `@vite` and `asset()`: Laravel's ASSET_URL. @default - `url` itself */
  readonly assetUrl?: string;
  readonly release: Release;
  /** How Argo CD keeps it: see docs/gitops.md. @default - it does not, `kubectl apply` does */
  readonly argocd?: ArgoCdSettings;
  /**
   * Whether the namespace, its StatefulSets and its volumes can be deleted only after somebody has allowed it (docs/gitops.md). Holds on
   * clusters that have `dist/cluster`. @default false
   */
  readonly protectData?: boolean;
  /**
   * Whether it is held to what the real thing needs and a test cluster cannot give: every image by its digest, no autoscaler below three
   * pods (docs/security.md). By `npm run synth`, and by the API server on clusters that have `dist/cluster`. @default false
   */
  readonly strict?: boolean;
  /**
   * Objects that change in what the API server refuses to change, or in what a rollout would not get through (`redis.tls`), each with how the running system gets there, for instance
   * `{ 'StatefulSet redis': 'deleted with --cascade=orphan before the apply' }`. @default - none may
   */
  readonly transitions?: Readonly<Record<string, string>>;
  /** Where the Secrets come from. */
  readonly secrets: SecretsSettings;
  readonly php: PhpSettings;
  readonly nginx: NginxSettings;
  /** How users reach nginx. */
  readonly edge: EdgeSettings;
  /** Who signs certificates, where a component's `tls` is `verified`. @default - an authority of FinTrack's own */
  readonly certificates?: CertificatesSettings;
  readonly mysql: MysqlSettings;
  readonly redis: RedisSettings;
  readonly redisCache: RedisCacheSettings;
  /** Backups of MySQL, for `mysql.engine` official, and with them of FinTrack's own Redis: see docs/operations/backup.md. @default - none; a lost volume of every server is lost data */
  readonly backup?: BackupSettings;
  /** Metrics and alerts. @default - none */
  readonly monitoring?: MonitoringSettings;
}
