import type { Environment } from '../environments';
import { unless } from './outside';

/** What cannot work in who signs the certificates of an environment's servers. */
export function certificatesFindings({ certificates, mysql }: Pick<Environment, 'certificates' | 'mysql'>): string[] {
  if (certificates?.issuer === undefined) {
    return [];
  }
  const { name } = certificates.issuer;
  return [
    ...unless(
      /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name),
      `certificates.issuer.name ${JSON.stringify(name)} must be lower-case letters, digits, hyphens and dots; kubectl get issuers,clusterissuers -A lists them`,
    ),
    ...unless(
      mysql.engine === 'official' && mysql.tls === 'verified',
      `certificates.issuer ${name} would sign nothing: no server has tls verified. Remove it, or set mysql.tls to verified`,
    ),
  ];
}
