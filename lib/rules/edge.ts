import type { Environment } from '../environments';
import { labelFindings, objectNameFindings } from './names';
import { cidrFindings, unless } from './outside';

/** What cannot work in how users reach nginx. */
export function edgeFindings({ edge, url }: Pick<Environment, 'edge' | 'url'>): string[] {
  if (edge.type === 'none') {
    return [];
  }
  const { namespace, addresses } = edge.proxies;
  return [
    ...(edge.type === 'gateway'
      ? Object.entries(edge.gateway).flatMap(([key, name]) =>
          (key === 'namespace' ? labelFindings : objectNameFindings)(`edge.gateway.${key}`, name),
        )
      : (['className', 'tlsSecret'] as const).flatMap((key) => objectNameFindings(`edge.${key}`, edge[key]))),
    ...labelFindings('edge.proxies.namespace', namespace),
    ...cidrFindings(
      'edge.proxies.addresses',
      addresses,
      'nginx would take every client for the proxy; name the blocks of its pods or of the load balancer',
    ),
    ...addresses.flatMap((address) =>
      unless(
        !address.endsWith('/0'),
        `edge.proxies.addresses ${address} is everybody: any client could forge its address; name the blocks of the proxies only`,
      ),
    ),
    ...unless(
      url.startsWith('https:'),
      `url ${JSON.stringify(url)} must begin with https: the edge ends TLS, and sends who comes without it there`,
    ),
  ];
}
