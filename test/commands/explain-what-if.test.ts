import { Duration, Size } from 'cdk8s';
import { explanationFor } from '../../lib/commands/explain';
import { objectChanges } from '../../lib/commands/explain/changes';
import { assign } from '../../lib/commands/explain/settings';
import type { Style } from '../../lib/commands/explain/table';
import type { Environment } from '../../lib/environments';
import { production } from '../../lib/environments/production';
import { manifestsFor } from '../support/manifests';
import { Cpu } from '../../imports/k8s';

const plain: Style = (_, text) => text;
const ask = (...texts: string[]) => explanationFor(['production', ...texts], plain);

/** Production with a setting of each unit that it has none of. */
const every = {
  ...production,
  php: { ...production.php, workers: { default: { ...production.php.workers.default, jobTimeout: Duration.seconds(90) } } },
  certificates: { issuer: { kind: 'ClusterIssuer', name: 'company' } },
  // A setting that is on or off exists in no environment yet.
  switched: true,
} as Environment;

describe('a setting is read in the unit of the value that is there', () => {
  test.each<[string, (environment: Environment) => unknown, unknown]>([
    ['php.childrenPerPod=8', ({ php }) => php.childrenPerPod, 8],
    ['php.cpu=1500m', ({ php }) => php.cpu, Cpu.millis(1500)],
    ['php.cpu=2', ({ php }) => php.cpu, Cpu.units(2)],
    ['redisCache.memory=512Mi', ({ redisCache }) => redisCache.memory.toMebibytes(), 512],
    ['redisCache.memory=4Gi', ({ redisCache }) => redisCache.memory, Size.gibibytes(4)],
    ['php.workers.default.jobTimeout=5m', ({ php }) => php.workers['default']?.jobTimeout?.toSeconds(), 300],
    ['php.workers.default.queues=high,low', ({ php }) => php.workers['default']?.queues, ['high', 'low']],
    ['mysql.semiSync=availability', ({ mysql }) => mysql.engine === 'official' && mysql.semiSync, 'availability'],
    ['url=https://a.example/?b=c', ({ url }) => url, 'https://a.example/?b=c'],
    ['switched=false', (environment) => (environment as unknown as { switched: unknown }).switched, false],
  ])('%s', (text, valueOf, value) => {
    const { environment, findings } = assign(every, [text]);
    expect(findings).toEqual([]);
    expect(valueOf(environment)).toEqual(value);
  });

  test('and several at once leave everything else, and the environment itself, as it was', () => {
    const { environment, assignments } = assign(production, ['php.scale.minReplicas=4', 'php.scale.maxReplicas=20']);
    expect(environment).toEqual({
      ...production,
      php: { ...production.php, scale: { ...production.php.scale, minReplicas: 4, maxReplicas: 20 } },
    });
    expect(production.php.scale.maxReplicas).toBe(10);
    expect(assignments[1]).toEqual({ path: 'php.scale.maxReplicas', before: '10', after: '20' });
  });
});

describe('one line says what is wrong with', () => {
  test.each([
    ['a unit that is none', 'mysql.memory=8GB', 'production: mysql.memory=8GB must be a size, for instance 512Mi or 4Gi; now it is 8Gi'],
    ['an amount without its unit', 'mysql.memory=8', 'production: mysql.memory=8 must be a size, for instance 512Mi or 4Gi; now it is 8Gi'],
    ['processor time', 'php.cpu=1.5', 'production: php.cpu=1.5 must be processor time, for instance 500m or 2; now it is 1000m'],
    [
      'a duration',
      'php.workers.default.jobTimeout=90',
      'production: php.workers.default.jobTimeout=90 must be a duration, for instance 90s or 5m; now it is 90s',
    ],
    ['a number', 'php.childrenPerPod=many', 'production: php.childrenPerPod=many must be a number; now it is 12'],
    ['nothing at all', 'php.childrenPerPod=', 'production: php.childrenPerPod= must be a number; now it is 12'],
    ['a switch', 'switched=yes', 'production: switched=yes must be true or false; now it is true'],
    [
      'a word that the compiler would refuse',
      'mysql.semiSync=on',
      'production: mysql.semiSync=on must be one of off, availability, durability; now it is durability',
    ],
    [
      'a word that no server of MySQL knows',
      'mysql.tls=plain',
      'production: mysql.tls=plain must be one of verified, encrypted, off; now it is verified',
    ],
    [
      'a word that MySQL knows and Redis does not',
      'redis.tls=encrypted',
      'production: redis.tls=encrypted must be one of verified, off; now it is verified',
    ],
    [
      'the same of its cache',
      'redisCache.tls=encrypted',
      'production: redisCache.tls=encrypted must be one of verified, off; now it is verified',
    ],
    [
      'a kind of issuer that is none',
      'certificates.issuer.kind=Certificate',
      'production: certificates.issuer.kind=Certificate must be one of Issuer, ClusterIssuer; now it is ClusterIssuer',
    ],
    [
      'a word that brings other settings',
      'mysql.engine=moco',
      'production: mysql.engine=moco must be changed in its file, as others have settings of their own; now it is official',
    ],
    [
      'a setting that is not set',
      'php.memoryPerChild=64Mi',
      'production: php.memoryPerChild is not set; there is php.scale, php.childrenPerPod, php.cpu, php.workers, php.settings, php.secrets, php.egress. What is not set is set in its file first',
    ],
    [
      'a misspelt setting',
      'php.scale.maxReplica=4',
      'production: php.scale.maxReplica is not set; there is php.scale.minReplicas, php.scale.maxReplicas, php.scale.targetBusyPercent, php.scale.targetCpuPercent. What is not set is set in its file first',
    ],
    [
      'what every object has',
      'nginx.constructor=1',
      'production: nginx.constructor is not set; there is nginx.scale, nginx.cpu. What is not set is set in its file first',
    ],
    ['a folder of settings', 'nginx=1', 'production: nginx holds settings; name one of nginx.scale, nginx.cpu'],
    ['a part of a value', 'mysql.memory.amount=1', 'production: mysql.memory.amount is no setting; mysql.memory is 8Gi'],
    ['no assignment', 'nginx', '"nginx" is not PATH=VALUE, for instance php.childrenPerPod=8'],
  ])('%s', (_, text, finding) => {
    const { environment, findings } = assign(every, [text]);
    expect(findings).toEqual([finding]);
    expect(environment).toBe(every);
  });

  test('each of several', () => {
    expect(ask('mysql.memory=8GB', 'php.childrenPerPod=4', 'foo')).toEqual({
      lines: [],
      findings: [
        'production: mysql.memory=8GB must be a size, for instance 512Mi or 4Gi; now it is 8Gi',
        '"foo" is not PATH=VALUE, for instance php.childrenPerPod=8',
      ],
    });
  });
});

describe('the answer', () => {
  test('is what changes, line by line, and nothing else', () => {
    expect(ask('php.scale.maxReplicas=20')).toMatchSnapshot();
  });

  test('is that nothing does', () => {
    expect(ask('php.scale.maxReplicas=10').lines).toEqual([
      'Environment production with php.scale.maxReplicas=10 (now 10)',
      '',
      'Nothing changes.',
    ]);
  });

  test('fits into 80 columns, whatever is asked', () => {
    const { lines } = ask('redis.availability=single', 'mysql.semiSync=off', 'secrets.store.role=fintrack', 'php.childrenPerPod=8');
    expect(lines.length).toBeGreaterThan(50);
    expect(lines.slice(1).filter((line) => line.length > 80)).toEqual([]);
  });

  test('is data with --json', () => {
    const change = JSON.parse(ask('php.scale.maxReplicas=20', '--json').lines.join('\n'));
    expect(change).toMatchObject({
      settings: [{ path: 'php.scale.maxReplicas', before: '10', after: '20' }],
      before: { connections: { limit: 342 } },
      after: { connections: { limit: 582 } },
      findings: [],
    });
    expect(change.objects).toContainEqual({ object: 'ScaledObject php', change: 'changed' });
  });

  test('comes with what synth would refuse, and it knows the past: a volume never shrinks', () => {
    const { lines, findings } = ask('mysql.storage=50Gi');
    expect(lines).toContain('+ StatefulSet mysql-primary  1     2.15  2.15   8384Mi  8384Mi  volume 50Gi');
    expect(findings).toEqual([
      'production: mysql.storage 50Gi is less than the 100Gi of before; a volume never shrinks. Set it to at least 100Gi',
    ]);
  });

  test.each([
    [
      'php.scale.maxReplicas=40',
      /^production: web 984 .* = 8728 MiB; .* Lower php\.scale\.maxReplicas to 34 or raise mysql\.memory to 9Gi$/,
    ],
    ['mysql.replicas=1000000', /^production: mysql\.replicas 1000000 must be a whole number from 0 to 9$/],
    ['php.childrenPerPod=-5', /^production: php\.childrenPerPod -5 must be a whole number of at least 1$/],
  ])('to settings that no manifests are made of, as %s, is the finding', (text, finding) => {
    expect(ask(text)).toEqual({ lines: [], findings: [expect.stringMatching(finding)] });
  });
});

test('an object is made, removed, changed, or changed so that its pods restart', () => {
  const [before, after] = [manifestsFor(production), manifestsFor({ ...production, nginx: { ...production.nginx, cpu: Cpu.millis(300) } })];
  expect(objectChanges(before, after)).toEqual([{ object: 'Deployment nginx', change: 'changed, its pods restart' }]);
  const [gone] = after.splice(0, 1);
  expect(objectChanges(before, after)[0]).toEqual({ object: `${gone?.kind} ${gone?.metadata.name}`, change: 'removed' });
  expect(objectChanges(after, before)).toContainEqual({ object: `${gone?.kind} ${gone?.metadata.name}`, change: 'made' });
});
