import type { Manifest } from '../charts';
import { AUTHORITIES_FOLDER } from '../components/certificates';
import type { Environment } from '../environments';
import { titleOf } from './objects';
import { objectNameFindings } from './names';
import { unless } from './outside';

/** What cannot work in who signs the certificates of an environment's servers. */
export function certificatesFindings({
  certificates,
  mysql,
  redis,
  redisCache,
}: Pick<Environment, 'certificates' | 'mysql' | 'redis' | 'redisCache'>): string[] {
  if (certificates?.issuer === undefined) {
    return [];
  }
  const { name } = certificates.issuer;
  return [
    ...objectNameFindings('certificates.issuer.name', name).map(
      (finding) => `${finding}; kubectl get issuers,clusterissuers -A lists them`,
    ),
    ...unless(
      (mysql.engine === 'official' && mysql.tls === 'verified') ||
        (redis.availability !== 'external' && redis.tls === 'verified') ||
        redisCache.tls === 'verified',
      `certificates.issuer ${name} would sign nothing: no server has tls verified. Remove it, or set mysql.tls, redis.tls or redisCache.tls to verified`,
    ),
  ];
}

/** Who calls a server of the namespace and looks at the name in its certificate, by what name. */
function callsOf(manifest: Manifest): string[] {
  if (manifest.kind === 'ScaledObject') {
    const triggers: { metadata: Readonly<Record<string, string>> }[] = manifest['spec'].triggers;
    return triggers.flatMap(({ metadata: { enableTLS, address = '' } }) => {
      const host = address.replace(/:\d+$/, '');
      return enableTLS === 'true' && host.endsWith('.svc') ? [host] : [];
    });
  }
  return Object.values<string>(manifest.kind === 'ConfigMap' ? manifest['data'] : {}).flatMap((text) => {
    const hosts = text.includes(`MYSQL_ATTR_SSL_CA='${AUTHORITIES_FOLDER}/`)
      ? /^(?:DB_(?:READ_)?HOST='|\w*HOST='tls:\/\/)([^'.]+)'$/gm
      : /^\w*HOST='tls:\/\/([^'.]+)'$/gm;
    return [...text.matchAll(hosts)].map(([, host = '']) => host);
  });
}

/** Names that clients hold against a certificate and that none is for, and an autoscaler that is not told whose certificates to trust: one line each. */
export function calledNameFindings(manifests: readonly Manifest[]): string[] {
  const names = new Set(manifests.flatMap(({ kind, spec }): string[] => (kind === 'Certificate' ? (spec.dnsNames ?? []) : [])));
  return manifests.flatMap((manifest) => {
    const calls = [...new Set(callsOf(manifest))];
    const logins: string[] =
      manifest.kind === 'ScaledObject'
        ? manifest['spec'].triggers.flatMap((trigger: Manifest) => trigger['authenticationRef']?.name ?? [])
        : [];
    const trusting = manifests.filter(
      ({ kind, metadata, spec }) =>
        kind === 'TriggerAuthentication' &&
        logins.includes(metadata.name) &&
        spec.secretTargetRef.some(({ parameter }: { parameter: string }) => parameter === 'ca'),
    );
    return [
      ...calls
        .filter((name) => !names.has(name))
        .map((name) => `calls ${name}, for which there is no Certificate; it would refuse what answers`),
      ...(manifest.kind === 'ScaledObject' && calls.length > 0 && trusting.length === 0
        ? [
            `its TriggerAuthentication has no parameter ca; KEDA trusts public authorities alone, and none of these signed ${calls.join(', ')}`,
          ]
        : []),
    ].map((finding) => `${titleOf(manifest)}: ${finding}`);
  });
}
