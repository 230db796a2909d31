import { createHash } from 'node:crypto';
import { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { Cpu, KubeJob, KubeServiceAccount } from '../../../imports/k8s';
import { SYNC_HOOK } from '../../kubernetes/argocd';
import { labelsFor } from '../../kubernetes/labels';
import { podExemptions, podTemplate, type PodProps } from '../../kubernetes/pod';
import { APPLICATION_EXEMPT, identityOf, PHP_USER, type Application } from './application';

/** What the migration needs. */
export interface MigrationProps {
  readonly application: Application;
}

/**
 * One Job for each release and configuration: `artisan migrate` before the pods of that release start.
 * A Job's template is immutable, so its name carries a hash of it; an unchanged release is an unchanged Job.
 */
export class Migration extends Construct {
  constructor(scope: Construct, id: string, { application }: MigrationProps) {
    super(scope, id);
    const identity = identityOf('migration', 'migration');
    const pod: PodProps = {
      identity,
      user: PHP_USER,
      restartPolicy: 'Never',
      // A migration that runs is never worth interrupting.
      gracePeriodSeconds: 600,
      initContainers: [application.waitFor('database')],
      containers: [
        application.container({
          name: 'migration',
          run: ['migrate'],
          settings: 'migrating',
          resources: { cpu: Cpu.millis(100), cpuLimit: Cpu.millis(1000), memory: application.commandMemory, disk: Size.mebibytes(128) },
        }),
      ],
      exempt: {
        ...APPLICATION_EXEMPT,
        R46: 'it stays as the record that this release has migrated; applied again, a Job that is gone would run again',
      },
    };
    const template = podTemplate(pod);
    const hash = createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 8);
    new KubeServiceAccount(this, 'account', {
      metadata: { name: identity.instance, labels: labelsFor(identity) },
      automountServiceAccountToken: false,
    });
    new KubeJob(this, 'Resource', {
      metadata: {
        name: `${identity.instance}-${hash}`,
        labels: labelsFor(identity, application.version),
        annotations: { ...SYNC_HOOK, ...podExemptions(pod) },
      },
      spec: {
        completions: 1,
        parallelism: 1,
        // A retry helps against a lost node; against a wrong migration nothing but a human does.
        backoffLimit: 2,
        // A day, and not what a migration may take: waiting for the database and for migrations of other releases counts too, and a long
        // ALTER must not be cut. It ends what nobody looks at.
        activeDeadlineSeconds: 24 * 3600,
        template,
      },
    });
  }
}
