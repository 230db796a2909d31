import { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { Cpu } from '../../../imports/k8s';
import { StatelessWorkload } from '../../kubernetes/workload';
import { APPLICATION_EXEMPT, identityOf, PHP_USER, type Application } from './application';

/** Seconds a task that runs may take to its end; a longer one belongs into the queue. */
const GRACE_SECONDS = 75;

/** What the scheduler needs. */
export interface SchedulerProps {
  readonly application: Application;
}

/** The Deployment `scheduler`: Laravel's schedule at the start of every minute, never by two pods at once. */
export class Scheduler extends Construct {
  constructor(scope: Construct, id: string, { application }: SchedulerProps) {
    super(scope, id);
    new StatelessWorkload(this, 'scheduler', {
      identity: identityOf('scheduler', 'scheduler'),
      version: application.version,
      user: PHP_USER,
      scale: { replicas: 1 },
      recreate: true,
      exempt: {
        ...APPLICATION_EXEMPT,
        R30: 'nobody connects to it',
        R31: 'it is a loop of sh, which ends when a run fails to start; what a run does is its own to say',
        R34: 'two would do each task twice',
        R37: 'two would do each task twice, during a rollout too',
      },
      gracePeriodSeconds: GRACE_SECONDS,
      initContainers: [application.waitFor('migrations')],
      containers: [
        application.container({
          name: 'scheduler',
          run: ['scheduler'],
          resources: { cpu: Cpu.millis(100), cpuLimit: Cpu.millis(1000), memory: application.commandMemory, disk: Size.mebibytes(128) },
        }),
      ],
    });
  }
}
