import { Edge, type EdgeSettings, type GatewayEdge, type IngressEdge } from '../../../lib/components/edge';
import { DockerFiles } from '../../../lib/docker/docker-files';
import type { Environment } from '../../../lib/environments';
import { local } from '../../../lib/environments/local';
import { environmentFindings, referenceFindings } from '../../../lib/rules';
import { removeFolders } from '../../support/folders';
import { find, manifestsFor } from '../../support/manifests';
import { connectionsIn } from '../../support/network';
import { idleSettings, realFiles, render } from '../../support/render';
import { schemaFindings } from '../../support/schema';

afterAll(removeFolders);

const gateway: GatewayEdge = {
  type: 'gateway',
  gateway: { name: 'public', namespace: 'gateway' },
  proxies: { addresses: ['203.0.113.0/24'] },
};
const gatewayEvery: Required<GatewayEdge> = {
  type: 'gateway',
  gateway: { name: 'shared', namespace: 'edge', httpsListener: 'web-secure', httpListener: 'web' },
  proxies: { namespace: 'envoy', addresses: ['10.0.0.0/8', '203.0.113.0/24'] },
};
const ingress: IngressEdge = {
  type: 'ingress',
  className: 'traefik',
  tlsSecret: 'fintrack-tls',
  proxies: { addresses: ['203.0.113.0/24'] },
};
const ingressEvery: Required<IngressEdge> = {
  type: 'ingress',
  className: 'haproxy',
  tlsSecret: 'example-tls',
  annotations: { 'haproxy.org/timeout-server': '70s' },
  proxies: { namespace: 'haproxy', addresses: ['10.0.0.0/8'] },
};

const edge = (settings: EdgeSettings, files = new DockerFiles()) =>
  render((chart) => new Edge(chart, 'edge', { settings, url: 'https://fintrack.example', files }));
const environmentOf = (settings: EdgeSettings): Environment => ({ ...local, url: 'https://fintrack.example', edge: settings });
const findingsOf = (settings: EdgeSettings, changes: Partial<Environment> = {}) =>
  environmentFindings({ ...environmentOf(settings), ...changes });
const trusted = (settings: EdgeSettings): string =>
  find(manifestsFor(environmentOf(settings)), 'ConfigMap', 'nginx')['data']['trusted-proxies.conf'];

describe.each<[string, EdgeSettings]>([
  ['none', { type: 'none' }],
  ['a Gateway with the smallest settings', gateway],
  ['a Gateway with every setting', gatewayEvery],
  ['an Ingress with the smallest settings', ingress],
  ['an Ingress with every setting', ingressEvery],
])('an edge that is %s', (_, settings) => {
  test('looks like this', () => {
    expect(edge(settings).yaml).toMatchSnapshot();
  });

  test('passes all rules and fits the API of Kubernetes, custom resources aside', () => {
    const manifests = manifestsFor(environmentOf(settings));
    expect([...findingsOf(settings), ...referenceFindings(manifests)]).toEqual([]);
    expect(manifests.flatMap((manifest) => [...schemaFindings(manifest, '1.27'), ...schemaFindings(manifest, '1.34')])).toEqual([]);
  });
});

test('every setting arrives in the manifests of the environment', () => {
  const rendered = (settings: EdgeSettings) => {
    const manifests = manifestsFor(environmentOf(settings));
    return { manifests, yaml: JSON.stringify(manifests) };
  };
  expect(idleSettings<GatewayEdge>(gateway, gatewayEvery, rendered)).toEqual(['type']);
  expect(idleSettings<IngressEdge>(ingress, ingressEvery, rendered)).toEqual(['type']);
});

describe('a Gateway', () => {
  const route = (name: string, settings: GatewayEdge = gateway, files = new DockerFiles()) =>
    find(edge(settings, files).manifests, 'HTTPRoute', name)['spec'];

  test('leads the host of the environment, on its listener with TLS, to nginx', () => {
    expect(route('nginx')).toMatchObject({
      hostnames: ['fintrack.example'],
      parentRefs: [{ name: 'public', namespace: 'gateway', sectionName: 'https' }],
      rules: [{ backendRefs: [{ name: 'nginx', port: 8080 }] }],
    });
    expect(route('nginx', gatewayEvery).parentRefs).toEqual([{ name: 'shared', namespace: 'edge', sectionName: 'web-secure' }]);
  });

  test('sends requests without TLS to the address with it', () => {
    const { parentRefs, rules } = route('nginx-redirect');
    expect(parentRefs[0].sectionName).toBe('http');
    expect(rules).toEqual([{ filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }] }]);
  });

  test('waits longer than nginx, and repeats no request', () => {
    expect(route('nginx').rules[0].timeouts).toEqual({ request: '671s' });
    const longer = realFiles({ 'nginx/default.prod.conf': (text) => text.replace('fastcgi_read_timeout 65s', 'fastcgi_read_timeout 2m') });
    expect(route('nginx', gateway, longer).rules[0].timeouts).toEqual({ request: '726s' });
    const patient = realFiles({ 'nginx/fastcgi.conf': (text) => text.replace('fastcgi_connect_timeout 2s', 'fastcgi_connect_timeout 4s') });
    expect(route('nginx', gateway, patient).rules[0].timeouts).toEqual({ request: '677s' });
    expect(route('nginx').rules[0]).not.toHaveProperty('retry');
  });
});

describe('an Ingress', () => {
  test('has the certificate of the environment’s host', () => {
    expect(find(edge(ingress).manifests, 'Ingress', 'nginx')['spec']).toMatchObject({
      ingressClassName: 'traefik',
      tls: [{ hosts: ['fintrack.example'], secretName: 'fintrack-tls' }],
      rules: [{ host: 'fintrack.example' }],
    });
  });
});

describe('the proxies', () => {
  const opened = (settings: EdgeSettings) =>
    connectionsIn(manifestsFor(environmentOf(settings))).accepts.filter((line) => line.includes('→ nginx:') && !line.startsWith('php'));

  test('may connect to nginx, from their namespace or from their addresses', () => {
    expect(opened(gatewayEvery)).toEqual(['pods of envoy → nginx:8080']);
    expect(opened(gateway)).toEqual(['internet → nginx:8080']);
  });

  test('nobody may where there is no edge', () => {
    expect(opened({ type: 'none' })).toEqual([]);
  });

  test('are believed what they say of clients, and nobody else is', () => {
    expect(trusted(gatewayEvery)).toBe(
      'geo $realip_remote_addr $trusted_proxy {\n    default 0;\n    10.0.0.0/8 1;\n    203.0.113.0/24 1;\n}\n' +
        'set_real_ip_from 10.0.0.0/8;\nset_real_ip_from 203.0.113.0/24;\n',
    );
    expect(trusted({ type: 'none' })).toBe('geo $realip_remote_addr $trusted_proxy {\n    default 0;\n}\n');
  });
});
