import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EdgeSettings } from '../../../lib/components/edge';
import type { Drill } from '../drill';
import { until } from '../kubectl';
import { fail } from '../report';
import { DRILL, type WebCluster } from './cluster';
import { requestTo, type Target } from './load';

const run = promisify(execFile);
const HOST = new URL(DRILL.url).hostname;
const SECRET = 'fintrack-tls';
/** An address that a client claims to have. */
const FORGED = '198.51.100.66';
/** Rollouts while requests come through the edge. */
const TIMES = 3;

/** What users come through. The cluster needs Traefik in namespace traefik, with the Gateway API and Ingress. */
export const EDGES: Readonly<Record<string, Drill<WebCluster>>> = {
  gateway: edge('a route of a Gateway', 'httproute', async (web) => {
    await web.kubectl.out(['apply', '--filename', '-'], JSON.stringify(gateway()));
    return { type: 'gateway', gateway: { name: 'public', namespace: DRILL.namespace }, proxies: await proxiesOf(web) };
  }),
  ingress: edge('an Ingress', 'ingress', async (web) => ({
    type: 'ingress',
    className: 'traefik',
    tlsSecret: SECRET,
    // Traefik takes the certificate of an Ingress, and serves it over HTTPS only when told to.
    annotations: { 'traefik.ingress.kubernetes.io/router.tls': 'true', 'traefik.ingress.kubernetes.io/router.entrypoints': 'websecure' },
    proxies: await proxiesOf(web),
  })),
};

function edge(what: string, kind: string, settingsOf: (web: WebCluster) => Promise<EdgeSettings>): Drill<WebCluster> {
  return {
    promise: `through ${what} with TLS: the page over HTTPS, the client's own address, nothing it forges, and no request lost in ${TIMES} rollouts`,
    run: async (web) => {
      const ca = await certificate(web);
      await web.release({ edge: await settingsOf(web) });
      await web.rolledOut();
      const [node] = await web.kubectl.list('nodes');
      const host = (node?.['status'].addresses as { type: string; address: string }[])[0]?.address ?? fail('the first node has no address');
      const secure = { host, port: 443, headers: { host: HOST }, tls: { servername: HOST, ca } };
      const page = await until(`${what} to answer`, 60, async () => {
        const answer = await ask(secure, '/');
        return answer.status === 200 && answer;
      });
      const seen = await client(secure);
      const forged = await client({
        ...secure,
        headers: { ...secure.headers, 'x-forwarded-for': FORGED, 'x-forwarded-proto': 'http' },
      });
      const plain = await ask({ host, port: 80, headers: { host: HOST } }, '/');
      const load = await web.startLoad(30, secure);
      for (let time = 1; time <= TIMES; time += 1) {
        await web.restart();
      }
      const detail = [
        `HSTS ${page.headers['strict-transport-security'] ?? 'missing'}`,
        `client ${seen}, with forged headers ${forged}`,
        `HTTP answers ${plain.status} ${plain.headers.location ?? ''}`.trim(),
        await web.finish(load),
      ].join('; ');
      await web.kubectl.out(['delete', kind, '--all']);
      await web.release();
      await web.rolledOut();
      const redirected = kind === 'ingress' || (plain.status === 301 && plain.headers.location?.startsWith(`https://${HOST}/`));
      // The client is the node or its end of the pod network, as the request was sent on from one node to another or not.
      const right =
        [seen, forged].every((text) => text.endsWith('over HTTPS') && !text.includes(FORGED)) &&
        page.headers['strict-transport-security'] !== undefined;
      return redirected && right ? detail : fail(detail);
    },
  };
}

/** The proxies of Traefik: where its pods have their addresses. */
async function proxiesOf(web: WebCluster) {
  return { namespace: 'traefik', addresses: [await web.podNetwork()] };
}

/** A Gateway as somebody else would run it. */
function gateway() {
  const listener = (name: string, port: number, more: object) => ({
    name,
    port,
    hostname: HOST,
    ...more,
    allowedRoutes: { namespaces: { from: 'Same' } },
  });
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'public' },
    spec: {
      gatewayClassName: 'traefik',
      listeners: [
        listener('http', 80, { protocol: 'HTTP' }),
        listener('https', 443, { protocol: 'HTTPS', tls: { mode: 'Terminate', certificateRefs: [{ name: SECRET }] } }),
      ],
    },
  };
}

/** A certificate of our own for the site, as a Secret. @returns what clients trust */
async function certificate(web: WebCluster): Promise<string> {
  const [key, cert] = ['tls.key', 'tls.crt'].map((name) => join(web.folder, name)) as [string, string];
  const names = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`];
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', key, '-out', cert, ...names]);
  await web.kubectl.try(['delete', 'secret', SECRET]);
  await web.kubectl.out(['create', 'secret', 'tls', SECRET, `--key=${key}`, `--cert=${cert}`]);
  return readFileSync(cert, 'utf8');
}

/** Whom the application sees. */
async function client(target: Target): Promise<string> {
  const { client_ip, secure } = JSON.parse((await ask(target, '/api/status')).text) as { client_ip: string; secure: boolean };
  return `${client_ip}${secure ? ' over HTTPS' : ''}`;
}

function ask(target: Target, path: string) {
  return new Promise<{ status: number; headers: Record<string, string | undefined>; text: string }>((resolve, reject) => {
    const asked = requestTo(target, { path, timeout: 10_000, headers: { accept: 'application/json' } }, (response) => {
      let text = '';
      response.on('data', (part: Buffer) => (text += part.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers as Record<string, string>, text }));
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer in 10 s')));
    asked.on('error', reject);
    asked.end();
  });
}
