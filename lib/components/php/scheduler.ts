import { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { Cpu } from '../../../imports/k8s';
import { StatelessWorkload } from '../../kubernetes/workload';
import { APPLICATION_EXEMPT, identityOf, PHP_USER, type Application } from './application';

/** What the scheduler needs. */
export interface SchedulerProps {
  readonly application: Application;
  /** Seconds that a task which runs may take to its end, as long as a request; a longer one belongs into the queue. */
  readonly drain: number;
}

/** The Deployment `scheduler`: Laravel's schedule at the start of every minute, never by two pods at once. */
export class Scheduler extends Construct {
  constructor(scope: Construct, id: string, { application, drain }: SchedulerProps) {
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
      // As much again as a slow start of PHP takes.
      gracePeriodSeconds: drain + 15,
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
