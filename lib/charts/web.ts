import type { Construct } from 'constructs';
import { Edge, trustedAddressesOf } from '../components/edge';
import { prometheusUrlOf } from '../components/monitoring';
import { Nginx } from '../components/nginx';
import { Php } from '../components/php';
import type { DataTier } from './data';
import { SYNC_WAVE } from '../kubernetes/argocd';
import { Tier, type TierProps } from './tier';

/** Settings of every tier and the tier it uses. */
export interface WebTierProps extends TierProps {
  readonly data: DataTier;
}

/** What runs FinTrack's own images: php with worker, scheduler and migration, nginx, and the way to it. */
export class WebTier extends Tier {
  constructor(scope: Construct, id: string, props: WebTierProps) {
    super(scope, id, props);
    const { environment, files, data } = props;
    const { version } = environment.release;
    new Php(this, 'php', {
      ...environment.php,
      files,
      version,
      image: environment.release.php,
      environment: environment.name,
      url: environment.url,
      ...(environment.assetUrl === undefined ? {} : { assetUrl: environment.assetUrl }),
      database: data.database,
      redis: data.redis,
      cache: data.cache,
      ...(environment.monitoring && {
        metrics: { exporterImage: environment.release.nginx, prometheus: prometheusUrlOf(environment.monitoring) },
      }),
    });
    // After php: nginx looks its Service up once, when it starts.
    new Nginx(this, 'nginx', {
      ...environment.nginx,
      files,
      version,
      image: environment.release.nginx,
      trustedProxies: trustedAddressesOf(environment.edge),
      monitored: environment.monitoring !== undefined,
    });
    new Edge(this, 'edge', { settings: environment.edge, url: environment.url, files });
    for (const object of this.objects) {
      const wave = WAVES[object.kind];
      if (wave !== undefined) {
        object.metadata.addAnnotation(SYNC_WAVE, String(wave));
      }
    }
  }
}

/**
 * Waves of Argo CD. Every other kind is in wave 0, as each of these is healthy once it is there; what needs pods for that comes with them.
 * A migration that fails keeps the release from replacing the last one.
 */
const WAVES: Readonly<Record<string, number>> = {
  Job: 1,
  Deployment: 2,
  PodDisruptionBudget: 2,
  HorizontalPodAutoscaler: 2,
  ScaledObject: 2,
  HTTPRoute: 2,
  Ingress: 2,
};
