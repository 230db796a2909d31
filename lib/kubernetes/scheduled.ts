import { Construct } from 'constructs';
import { Cron } from 'croner';
import { KubeCronJob, KubeServiceAccount } from '../../imports/k8s';
import { labelsFor } from './labels';
import { podExemptions, podTemplate, type PodProps } from './pod';

/** Five fields of numbers, signs and names of three letters, or one of the words that stand for them: what croner knows beyond these, Kubernetes refuses. */
const SCHEDULE = /^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|[\d*][\d*/,-]*( ([\d*/,-]|[A-Za-z]{3})+){4})$/;

const longestPauses = new Map<string, number>();

/** The most seconds between two runs, over the next 500 of them from a day that is always the same; not a number where there are none. @param schedule a cron expression in UTC */
export function longestPauseOf(schedule: string): number {
  const known = longestPauses.get(schedule);
  if (known !== undefined) return known;
  const runs = SCHEDULE.test(schedule) ? runsOf(schedule) : [];
  const pause = runs.length < 2 ? Number.NaN : Math.max(...runs.slice(1).map((run, index) => run - (runs[index] ?? run))) / 1000;
  longestPauses.set(schedule, pause);
  return pause;
}

/** The first runs, in milliseconds since the epoch; none of what is no cron expression or names days that never come. */
function runsOf(schedule: string): number[] {
  try {
    return new Cron(schedule, { utcOffset: 0, mode: '5-part' }).nextRuns(500, new Date(0)).map((run) => run.getTime());
  } catch {
    return [];
  }
}

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
