import type { GatewayEdge, IngressEdge } from '../../components/edge';
import { read, readJson, type Live } from '../kubectl';
import { isTrue, row, type Check, type Row } from './check';
import { keysOf } from './secrets';

/** The way from users to nginx: the Gateway with its listeners, or the IngressClass and the certificate. */
export const edge: Check = async ({ environment: { edge: settings, namespace } }) => {
  switch (settings.type) {
    case 'none':
      return [];
    case 'gateway':
      return gateway(settings, namespace);
    case 'ingress':
      return ingress(settings, namespace);
  }
};

async function gateway(
  { gateway: { name, namespace, httpsListener = 'https', httpListener = 'http' } }: GatewayEdge,
  own: string,
): Promise<Row[]> {
  const check = `Gateway ${namespace}/${name}`;
  const found: Live = await readJson(['--namespace', namespace, 'get', 'gateways.gateway.networking.k8s.io', name]);
  if (found === undefined) {
    return [row(check, 'there is none', 'make it, or name another as edge.gateway')];
  }
  const { gatewayClassName, listeners } = found.spec;
  const gatewayClass = await readJson(['get', 'gatewayclasses.gateway.networking.k8s.io', gatewayClassName]);
  return [
    row(
      `GatewayClass ${gatewayClassName}`,
      isTrue(gatewayClass, 'Accepted') ? 'accepted' : gatewayClass ? 'no controller has accepted it' : 'there is none',
      !isTrue(gatewayClass, 'Accepted') && 'install its controller',
    ),
    row(
      check,
      isTrue(found, 'Programmed') ? `programmed, ${addressesOf(found)}` : 'not programmed',
      !isTrue(found, 'Programmed') && `kubectl -n ${namespace} describe gateway ${name}`,
    ),
    ...[httpsListener, httpListener].map((listener) => {
      const of = listeners.find((candidate: Live) => candidate.name === listener);
      const from: string = of?.allowedRoutes?.namespaces?.from ?? 'Same';
      const closed = from === 'Same' && namespace !== own;
      return row(
        `listener ${listener}`,
        of === undefined ? 'there is none' : `${of.protocol} ${of.port}, routes from ${from}`,
        of === undefined
          ? `add it to the Gateway, or name another as edge.gateway.http${listener === httpsListener ? 's' : ''}Listener`
          : closed && `let in routes of namespace ${own}: allowedRoutes.namespaces.from All, or Selector`,
      );
    }),
  ];
}

const addressesOf = ({ status }: Live) => (status.addresses ?? []).map(({ value }: Live) => value).join(', ') || 'without an address';

async function ingress({ className, tlsSecret }: IngressEdge, namespace: string): Promise<Row[]> {
  const found = (await read(['get', 'ingressclass', className, '--output=name'])) !== undefined;
  const keys = await keysOf(namespace, tlsSecret);
  const missing = ['tls.crt', 'tls.key'].filter((key) => !keys?.includes(key));
  return [
    row(
      `IngressClass ${className}`,
      found ? 'there' : 'there is none',
      !found && 'install its controller, or name another as edge.className',
    ),
    row(
      `Secret ${tlsSecret}`,
      keys === undefined ? 'there is none' : missing.length > 0 ? `without ${missing.join(', ')}` : 'has a certificate',
      missing.length > 0 && 'make it, for instance by cert-manager, before users come',
    ),
  ];
}
