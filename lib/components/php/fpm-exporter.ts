import { Size } from 'cdk8s';
import { Construct } from 'constructs';
import type { DockerFiles } from '../../docker/docker-files';
import { PRE_STOP_SECONDS } from '../../kubernetes/drain';
import { exporter } from '../../kubernetes/exporter';
import { HashedConfig } from '../../kubernetes/hashed-config';
import { labelsFor } from '../../kubernetes/labels';
import type { Container } from '../../kubernetes/pod';
import { PORTS } from '../../kubernetes/ports';
import { emptyFolder } from '../../kubernetes/volumes';
import { identityOf } from './application';

/** An nginx that passes Prometheus on to PHP-FPM's own metrics: docker/php/metrics.conf. */
export class FpmExporter extends Construct {
  readonly container: Container;

  constructor(scope: Construct, id: string, files: DockerFiles, image: string) {
    super(scope, id);
    const folder = '/etc/nginx/exporter';
    const config = new HashedConfig(this, 'php-metrics', {
      labels: labelsFor(identityOf('php', 'application')),
      files: files.data('php/metrics.conf'),
    });
    this.container = exporter({
      image,
      command: ['nginx', '-c', `${folder}/metrics.conf`, '-g', 'daemon off;'],
      port: PORTS.phpMetrics,
      // As long as PHP-FPM takes new requests.
      preStopSeconds: PRE_STOP_SECONDS,
      memory: Size.mebibytes(32),
      mounts: [config.at(folder), emptyFolder('exporter', '/tmp', Size.mebibytes(16))],
    });
  }
}
