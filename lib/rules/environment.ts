import type { Environment } from '../environments';
import type { PhpSettings, QueueScale } from '../components/php';
import { isCount } from '../kubernetes/scale';
import { amountFindings } from './amounts';
import { backupFindings } from './backup';
import { argocdFindings } from './delivery';
import { labelFindings } from './names';
import { originFindings, unless } from './outside';
import { certificatesFindings } from './certificates';
import { edgeFindings } from './edge';
import { measuringFindings } from './monitoring';
import { mysqlFindings } from './mysql';
import { phpFindings } from './php';
import { redisFindings } from './redis';
import { secretsFindings } from './secrets';

/** Folders of dist/ beside those of environments. */
const OWNED_FOLDERS = ['argocd', 'cluster'];

/** What cannot work in an environment: one line each, with the setting, the arithmetic and what would be right. */
export function environmentFindings(environment: Environment): string[] {
  const { name, namespace, php, nginx, release } = environment;
  const findings: string[] = [];
  const check = (right: boolean, finding: string) => {
    if (!right) {
      findings.push(`${name}: ${finding}`);
    }
  };

  labelFindings('name', name).forEach((finding) => check(false, `${finding}; it names a folder and APP_ENV`));
  labelFindings('namespace', namespace).forEach((finding) => check(false, finding));
  check(
    !['default', 'kube-system', 'kube-public', 'kube-node-lease'].includes(namespace),
    `namespace ${namespace} belongs to Kubernetes; give FinTrack one of its own, for instance fintrack-${name}`,
  );
  originFindings('url', environment.url, 'https://fintrack.example').forEach((finding) => check(false, finding));

  check(!OWNED_FOLDERS.includes(name), `name ${name} is a folder of dist/ that holds something else; choose another`);
  check(
    /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(release.version),
    `release.version ${release.version} must be letters, digits, hyphens and dots, 63 at most; it becomes a label`,
  );

  for (const [setting, image] of Object.entries({ 'release.php': release.php, 'release.nginx': release.nginx })) {
    check(
      /(:[\w][\w.-]*|@sha256:[0-9a-f]{64})$/.test(image),
      `${setting} ${image} has neither tag nor digest; name the build, for instance ${image}:${release.version}`,
    );
    check(
      !image.endsWith(':latest'),
      `${setting} ${image} names another build every day; name the build, for instance ${image.replace(/latest$/, release.version)}`,
    );
  }

  for (const [setting, scale] of Object.entries({
    'php.scale': php.scale,
    ...Object.fromEntries(Object.entries(php.workers).map(([worker, { scale }]) => [`php.workers.${worker}.scale`, scale])),
    'nginx.scale': nginx.scale,
  })) {
    scaleFindings(setting, scale).forEach((finding) => check(false, finding));
  }

  amountFindings(environment).forEach((finding) => check(false, finding));
  argocdFindings(environment).forEach((finding) => check(false, finding));
  backupFindings(environment).forEach((finding) => check(false, finding));
  edgeFindings(environment).forEach((finding) => check(false, finding));
  certificatesFindings(environment).forEach((finding) => check(false, finding));
  measuringFindings(environment).forEach((finding) => check(false, finding));
  mysqlFindings(environment).forEach((finding) => check(false, finding));
  phpFindings(environment).forEach((finding) => check(false, finding));
  check(
    environment.assetUrl === undefined || /^https:\/\/[^\s'"]*[^/\s'"]$/.test(environment.assetUrl),
    `assetUrl ${JSON.stringify(environment.assetUrl)} must begin with https:// and end without a slash, for instance https://cdn.fintrack.example`,
  );

  redisFindings(environment).forEach((finding) => check(false, finding));
  secretsFindings(environment).forEach((finding) => check(false, finding));
  return findings;
}

function scaleFindings(setting: string, scale: PhpSettings['scale'] | QueueScale): string[] {
  if (scale.replicas !== undefined) {
    return isCount(scale.replicas) ? [] : [`${setting}.replicas ${scale.replicas} must be a whole number of at least 1`];
  }
  const { minReplicas, maxReplicas, jobsPerWorker, targetResponseTime } = scale;
  return [
    ...unless(isCount(minReplicas), `${setting}.minReplicas ${minReplicas} must be a whole number of at least 1`),
    ...unless(
      isCount(maxReplicas) && maxReplicas >= minReplicas,
      `${setting}.maxReplicas ${maxReplicas} must be a whole number of at least minReplicas ${minReplicas}`,
    ),
    ...(['targetCpuPercent', 'targetMemoryPercent', 'targetBusyPercent'] as const).flatMap((percent) => {
      const target = scale[percent];
      return unless(target === undefined || (target >= 10 && target <= 95), `${setting}.${percent} ${target} must be between 10 and 95`);
    }),
    ...unless(
      targetResponseTime === undefined || targetResponseTime.toMilliseconds({ integral: false }) > 0,
      `${setting}.targetResponseTime 0 would always be passed; say how long 95 of 100 requests may take, for instance Duration.millis(500)`,
    ),
    ...unless(
      jobsPerWorker === undefined || isCount(jobsPerWorker),
      `${setting}.jobsPerWorker ${jobsPerWorker} must be a whole number of at least 1`,
    ),
  ];
}
