import { Duration, Size } from 'cdk8s';
import type { CertificatesSettings, Tls } from '../../components/certificates';
import type { OfficialSettings } from '../../components/mysql';
import type { ExternalRedisSettings, RedisServerSettings, RedisTls } from '../../components/redis';
import type { ExistingStoreSettings } from '../../components/secrets';
import type { Environment } from '../../environments';
import { Cpu } from '../../../imports/k8s';
import { formatSize } from '../../kubernetes/resources';

/** A setting that is asked about. */
export interface Assignment {
  /** For instance `php.scale.maxReplicas`. */
  readonly path: string;
  /** What it is now, as one would write it. */
  readonly before: string;
  /** What it would be. */
  readonly after: string;
}

/** An environment after assignments, and what is wrong with these. */
export interface Assigned {
  readonly environment: Environment;
  readonly assignments: readonly Assignment[];
  readonly findings: readonly string[];
}

/** What the compiler allows where a setting is one of several words and these take the same other settings. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  'mysql.version': choices<OfficialSettings['version']>({ '8.0': true, '8.4': true }),
  'mysql.semiSync': choices<OfficialSettings['semiSync']>({ off: true, availability: true, durability: true }),
  'mysql.tls': choices<Tls>({ verified: true, encrypted: true, off: true }),
  'redis.availability': choices<RedisServerSettings['availability']>({ single: true, sentinel: true }),
  'redis.tls': choices<RedisTls>({ verified: true, off: true }),
  'redis.encryption': choices<NonNullable<ExternalRedisSettings['encryption']>>({ tls: true, none: true }),
  'redisCache.tls': choices<RedisTls>({ verified: true, off: true }),
  'certificates.issuer.kind': choices<NonNullable<CertificatesSettings['issuer']>['kind']>({ Issuer: true, ClusterIssuer: true }),
  'secrets.store.kind': choices<ExistingStoreSettings['kind']>({ SecretStore: true, ClusterSecretStore: true }),
  // Each has settings of its own.
  'mysql.engine': [],
  'secrets.source': [],
  'secrets.store.provider': [],
  'edge.type': [],
};

/** Every word of a union; the compiler refuses one too few and one too many. */
function choices<Word extends string>(words: Readonly<Record<Word, true>>): readonly string[] {
  return Object.keys(words);
}

/** What a text means where a setting has such a value, or what would be right. */
type Reading = { readonly value: unknown } | { readonly right: string };

/**
 * An environment with other values, each given as `PATH=VALUE` in the unit of the value that is there now. Findings are one line each;
 * with any, the environment is the one before.
 */
export function assign(environment: Environment, texts: readonly string[]): Assigned {
  let assigned: Environment = environment;
  const assignments: Assignment[] = [];
  const findings: string[] = [];
  for (const text of texts) {
    const [, path = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (path === '') {
      findings.push(`${JSON.stringify(text)} is not PATH=VALUE, for instance php.childrenPerPod=8`);
      continue;
    }
    const found = settingAt(assigned, path);
    const reading: Reading | undefined = 'finding' in found ? undefined : read(value, path, found.value);
    if ('finding' in found) {
      findings.push(`${environment.name}: ${found.finding}`);
    } else if (reading && 'right' in reading) {
      findings.push(`${environment.name}: ${path}=${value} must be ${reading.right}; now it is ${write(found.value)}`);
    } else if (reading) {
      assignments.push({ path, before: write(found.value), after: write(reading.value) });
      assigned = replaced(assigned, path.split('.'), reading.value) as Environment;
    }
  }
  return { environment: findings.length > 0 ? environment : assigned, assignments, findings };
}

/** What a path leads to, or why it leads nowhere. */
function settingAt(environment: Environment, path: string): { readonly value: unknown } | { readonly finding: string } {
  let value: unknown = environment;
  const keys = path.split('.');
  for (const [index, key] of keys.entries()) {
    const parent = keys.slice(0, index).join('.');
    if (!holdsSettings(value)) {
      return { finding: `${path} is no setting; ${parent} is ${write(value)}` };
    }
    if (!Object.hasOwn(value, key)) {
      const there = Object.keys(value).map((each) => (parent === '' ? each : `${parent}.${each}`));
      return { finding: `${path} is not set; there is ${there.join(', ')}. What is not set is set in its file first` };
    }
    value = value[key];
  }
  if (holdsSettings(value)) {
    const there = Object.keys(value).map((each) => `${path}.${each}`);
    return { finding: `${path} holds settings; name one of ${there.join(', ')}` };
  }
  return { value };
}

/** Objects of an environment; amounts are values, not settings. */
function holdsSettings(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Reads a text in the unit of the value that it replaces. */
function read(text: string, path: string, now: unknown): Reading {
  const choice = CHOICES[path];
  if (choice !== undefined && text !== now && !(choice.includes(String(now)) && choice.includes(text))) {
    return choice.includes(String(now))
      ? { right: `one of ${choice.join(', ')}` }
      : { right: 'changed in its file, as others have settings of their own' };
  }
  if (now instanceof Size) {
    const [, amount, unit] = /^(\d+)(Mi|Gi)$/.exec(text) ?? [];
    return amount === undefined
      ? { right: 'a size, for instance 512Mi or 4Gi' }
      : { value: unit === 'Gi' ? Size.gibibytes(Number(amount)) : Size.mebibytes(Number(amount)) };
  }
  if (now instanceof Duration) {
    const [, amount, unit] = /^(\d+)([smh])$/.exec(text) ?? [];
    return amount === undefined
      ? { right: 'a duration, for instance 90s or 5m' }
      : { value: Duration.seconds(Number(amount) * (unit === 'h' ? 3600 : unit === 'm' ? 60 : 1)) };
  }
  if (now instanceof Cpu) {
    const [, amount, unit] = /^(\d+)(m?)$/.exec(text) ?? [];
    return amount === undefined
      ? { right: 'processor time, for instance 500m or 2' }
      : { value: unit === 'm' ? Cpu.millis(Number(amount)) : Cpu.units(Number(amount)) };
  }
  if (Array.isArray(now)) {
    const readings = text.split(',').map((element) => read(element, `${path}.`, now[0]));
    return readings.find((each) => 'right' in each) ?? { value: readings.map((each) => ('value' in each ? each.value : undefined)) };
  }
  switch (typeof now) {
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(text) ? { value: Number(text) } : { right: 'a number' };
    case 'boolean':
      return text === 'true' || text === 'false' ? { value: text === 'true' } : { right: 'true or false' };
    default:
      return { value: text };
  }
}

/** A value as one would write it on the command line. */
function write(value: unknown): string {
  if (value instanceof Size) {
    return formatSize(value);
  }
  if (value instanceof Duration) {
    return `${value.toSeconds({ integral: false })}s`;
  }
  if (value instanceof Cpu) {
    return value.amount;
  }
  return Array.isArray(value) ? value.map(write).join(',') : String(value);
}

/** A copy in which one value is another; everything beside its path is shared. */
function replaced(object: unknown, [key = '', ...rest]: readonly string[], value: unknown): unknown {
  const settings = object as Readonly<Record<string, unknown>>;
  return { ...settings, [key]: rest.length === 0 ? value : replaced(settings[key], rest, value) };
}
