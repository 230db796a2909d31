import { Construct } from 'constructs';
import { KubeCronJob, KubeServiceAccount } from '../../imports/k8s';
import { labelsFor } from './labels';
import { podExemptions, podTemplate, type PodProps } from './pod';

/** A CronJob and what belongs to it. */
export interface ScheduledWorkloadProps extends PodProps {
  /** When it begins, as a cron expression in UTC. */
  readonly schedule: string;
  /** Seconds after which a run that has not ended has failed. */
  readonly deadlineSeconds: number;
  /** Seconds for which a Job that ended stays, and its pods with their logs and volumes. @default - until three newer ones ended */
  readonly keepSeconds?: number;
}

/** A ServiceAccount without token and a CronJob: never two runs at once, and the last ones are kept with their logs. */
export class ScheduledWorkload extends Construct {
  constructor(scope: Construct, id: string, props: ScheduledWorkloadProps) {
    super(scope, id);
    const { identity } = props;
    const metadata = { name: identity.instance, labels: labelsFor(identity) };
    const pod: PodProps = { ...props, restartPolicy: 'Never' };
    new KubeServiceAccount(this, 'account', { metadata, automountServiceAccountToken: false });
    new KubeCronJob(this, 'Resource', {
      metadata: { ...metadata, annotations: podExemptions(pod) },
      spec: {
        schedule: props.schedule,
        timeZone: 'Etc/UTC',
        concurrencyPolicy: 'Forbid',
        // One that could not begin in time, as when the control plane was away, still runs within the hour.
        startingDeadlineSeconds: 3600,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          metadata: { labels: labelsFor(identity) },
          spec: {
            // A second try helps against a lost node or a server that restarts; what fails twice needs a human.
            backoffLimit: 1,
            activeDeadlineSeconds: props.deadlineSeconds,
            ...(props.keepSeconds !== undefined && { ttlSecondsAfterFinished: props.keepSeconds }),
            template: podTemplate(pod),
          },
        },
      },
    });
  }
}
