import type { Environment } from '../environments';
import { OBJECT_NAME } from './names';
import { cidrFindings, unless } from './outside';

/** What cannot work in how users reach nginx. */
export function edgeFindings({ edge, url }: Pick<Environment, 'edge' | 'url'>): string[] {
  if (edge.type === 'none') {
    return [];
  }
  const { namespace, addresses } = edge.proxies;
  const names =
    edge.type === 'gateway'
      ? Object.entries(edge.gateway).map(([key, name]) => [`edge.gateway.${key}`, name] as const)
      : ([
          ['edge.className', edge.className],
          ['edge.tlsSecret', edge.tlsSecret],
        ] as const);
  return [
    ...[...names, ...(namespace === undefined ? [] : [['edge.proxies.namespace', namespace] as const])].flatMap(([setting, name]) =>
      unless(OBJECT_NAME.test(name), `${setting} ${JSON.stringify(name)} must be lower-case letters, digits, hyphens and dots`),
    ),
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
