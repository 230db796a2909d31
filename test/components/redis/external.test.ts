import { Yaml } from 'cdk8s';
import { credentialsFor } from '../../../lib/charts';
import { Certificates } from '../../../lib/components/certificates';
import { Redis, type ExternalRedisSettings } from '../../../lib/components/redis';
import type { Environment } from '../../../lib/environments';
import { production } from '../../../lib/environments/production';
import { environmentFindings, referenceFindings } from '../../../lib/rules';
import { withoutBackup } from '../../support/environments';
import { removeFolders } from '../../support/folders';
import { find, manifestsFor, ownersOf } from '../../support/manifests';
import { connectionsIn } from '../../support/network';
import { idleSettings, render, sampleFiles } from '../../support/render';
import { schemaFindings } from '../../support/schema';

const minimal: ExternalRedisSettings = { availability: 'external', host: 'redis.example.com', cidrs: ['203.0.113.0/24'] };
const every: Required<ExternalRedisSettings> = {
  availability: 'external',
  host: 'redis.example.net',
  port: 6380,
  cidrs: ['203.0.113.0/28', '2001:db8::/64'],
  user: 'fintrack',
  encryption: 'tls',
  certificateAuthorities: '/etc/ssl/private-ca.crt',
};

const environmentOf = (redis: ExternalRedisSettings): Environment => ({ ...withoutBackup(production), redis });
const manifestsOf = (redis: ExternalRedisSettings) => manifestsFor(environmentOf(redis));
const findingsOf = (redis: ExternalRedisSettings) => environmentFindings(environmentOf(redis));
const settingsOf = (redis: ExternalRedisSettings): string[] => {
  const text: string = find(manifestsOf(redis), 'ConfigMap', 'laravel')['data']['laravel.env'];
  return text.split('\n').filter((line) => /^REDIS_(HOST|PORT|USERNAME|TLS_CA|CACHE_)/.test(line));
};

afterAll(removeFolders);

describe('an environment whose Redis is outside the cluster', () => {
  test.each([minimal, every])('passes all rules and fits the API of Kubernetes', (redis) => {
    const manifests = manifestsOf(redis);
    expect([...findingsOf(redis), ...referenceFindings(manifests)]).toEqual([]);
    expect(manifests.flatMap((manifest) => [...schemaFindings(manifest, '1.27'), ...schemaFindings(manifest, '1.34')])).toEqual([]);
  });

  test('runs no server, Sentinel or proxy of its own beside redis-cache', () => {
    expect(
      render(
        (chart) => new Redis(chart, 'redis', { ...every, files: sampleFiles(), certificates: new Certificates(chart, 'certificates') }),
      ).manifests,
    ).toEqual([]);
    const instances = ownersOf(manifestsOf(minimal)).map(({ labels }) => labels['app.kubernetes.io/instance'] ?? '');
    expect(instances.filter((instance) => instance.startsWith('redis'))).toEqual(['redis-cache']);
  });

  test('takes every setting into the manifests', () => {
    const rendered = (redis: ExternalRedisSettings) => {
      const manifests = manifestsOf(redis);
      return { manifests, yaml: Yaml.stringify(...manifests) };
    };
    const plain: ExternalRedisSettings = { ...minimal, encryption: 'none' };
    expect(idleSettings<ExternalRedisSettings>(plain, { ...every, certificateAuthorities: '/ca' }, rendered)).toEqual([
      'availability',
      // Without encryption there is nothing to trust.
      'certificateAuthorities',
    ]);
    expect(idleSettings<ExternalRedisSettings>(minimal, { ...every, encryption: 'none' }, rendered)).toEqual(['availability']);
  });

  test('tells the application to encrypt, unless it is told not to', () => {
    expect(settingsOf(minimal)).toEqual([
      "REDIS_HOST='tls://redis.example.com'",
      "REDIS_PORT='6379'",
      "REDIS_CACHE_HOST='tls://redis-cache'",
      "REDIS_CACHE_PORT='6379'",
      "REDIS_CACHE_USERNAME='app'",
      "REDIS_CACHE_TLS_CA='/run/authorities/redis-cache.crt'",
    ]);
    expect(settingsOf(every)).toEqual([
      "REDIS_HOST='tls://redis.example.net'",
      "REDIS_PORT='6380'",
      "REDIS_USERNAME='fintrack'",
      "REDIS_TLS_CA='/etc/ssl/private-ca.crt'",
      "REDIS_CACHE_HOST='tls://redis-cache'",
      "REDIS_CACHE_PORT='6379'",
      "REDIS_CACHE_USERNAME='app'",
      "REDIS_CACHE_TLS_CA='/run/authorities/redis-cache.crt'",
    ]);
    expect(settingsOf({ ...minimal, encryption: 'none' })[0]).toBe("REDIS_HOST='redis.example.com'");
  });

  test('lets the application, and nobody else, out to its addresses on its port', () => {
    for (const [redis, port] of [
      [minimal, 6379],
      [every, 6380],
    ] as const) {
      const policies = manifestsOf(redis).filter(({ kind }) => kind === 'NetworkPolicy');
      const open = policies.filter(({ spec }) => JSON.stringify(spec.egress ?? []).includes(redis.cidrs[0] ?? ''));
      expect(open.map(({ metadata }) => metadata.name).sort()).toEqual(['migration', 'php', 'queue-worker', 'scheduler']);
      for (const { spec } of open) {
        expect(spec.egress).toContainEqual({ to: redis.cidrs.map((cidr) => ({ ipBlock: { cidr } })), ports: [{ port, protocol: 'TCP' }] });
      }
    }
    expect(connectionsIn(manifestsOf(minimal)).opens.filter((line) => /→ redis(-proxy)?:/.test(line))).toEqual([]);
  });

  test('needs the passwords that redis-cache needs, and those of no other server', () => {
    const needed = credentialsFor(environmentOf(minimal));
    expect(needed.filter(({ secret }) => secret === 'fintrack-redis').map(({ key }) => key)).toEqual([
      'operator-password',
      'app-password',
      'exporter-password',
      'probe-password',
    ]);
  });
});
