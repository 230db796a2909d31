import { Construct } from 'constructs';
import { httpRoute } from '../../../imports/gateway';
import { KubeIngress } from '../../../imports/k8s';
import type { DockerFiles } from '../../docker/docker-files';
import { amountIn, secondsOf } from '../../docker/settings';
import { labelsFor, type Identity } from '../../kubernetes/labels';
import { PORTS } from '../../kubernetes/ports';

/** How users outside the cluster reach nginx. TLS ends there, in front of it. */
export type EdgeSettings = NoEdge | GatewayEdge | IngressEdge;

/** Nobody outside does; `kubectl port-forward service/nginx 8080` for whoever has access to the cluster. */
export interface NoEdge {
  readonly type: 'none';
}

/** The proxies that connect to nginx, whatever configures them. */
export interface EdgeProxies {
  /** Namespace of their pods. @default - they are outside the cluster, as a cloud's load balancer is, and `addresses` are theirs */
  readonly namespace?: string;
  /**
   * Address blocks of the proxies, which are those of the cluster's pods where they are pods, and of load balancers before them: what
   * these say of a client's address and of HTTPS is believed, and what anybody else says is not.
   */
  readonly addresses: readonly string[];
}

/** A route of a Gateway (Gateway API) that somebody else runs; its listeners have the certificate. */
export interface GatewayEdge {
  readonly type: 'gateway';
  readonly gateway: {
    readonly name: string;
    readonly namespace: string;
    /** Listener with TLS. @default https */
    readonly httpsListener?: string;
    /** Listener without, whose requests are sent to the other. @default http */
    readonly httpListener?: string;
  };
  readonly proxies: EdgeProxies;
}

/** An Ingress, for clusters without the Gateway API. */
export interface IngressEdge {
  readonly type: 'ingress';
  /** IngressClass of the controller. */
  readonly className: string;
  /** Secret of type kubernetes.io/tls in FinTrack's namespace, for instance one that cert-manager keeps. */
  readonly tlsSecret: string;
  /**
   * What this controller and cert-manager want to be told: redirect to HTTPS, 70 s and more for an answer to begin, bodies of 24 MiB. Traefik serves an
   * Ingress over HTTPS only with `traefik.ingress.kubernetes.io/router.tls: 'true'`. @default - nothing
   */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly proxies: EdgeProxies;
}

/** Settings and what the chart wires in. */
export interface EdgeProps {
  readonly settings: EdgeSettings;
  /** Address that users see. */
  readonly url: string;
  readonly files: DockerFiles;
}

const IDENTITY: Identity = { name: 'edge', instance: 'edge', role: 'edge' };
const NGINX = { name: 'nginx', port: PORTS.http };

/** The way from users to nginx. */
export class Edge extends Construct {
  constructor(scope: Construct, id: string, { settings, url, files }: EdgeProps) {
    super(scope, id);
    const host = new URL(url).hostname;
    switch (settings.type) {
      case 'none':
        break;
      case 'gateway':
        this.routes(host, settings, patienceOf(files));
        break;
      case 'ingress':
        this.ingress(host, settings);
        break;
    }
  }

  private routes(host: string, { gateway }: GatewayEdge, seconds: number): void {
    const { name, namespace, httpsListener = 'https', httpListener = 'http' } = gateway;
    const route = (object: string, sectionName: string) => ({
      metadata: { name: object, labels: labelsFor(IDENTITY) },
      parents: { hostnames: [host], parentRefs: [{ name, namespace, sectionName }] },
    });
    const secure = route('nginx', httpsListener);
    httpRoute(this, 'https', {
      metadata: secure.metadata,
      spec: {
        ...secure.parents,
        // Without a retry: a repeated POST is a double booking.
        rules: [{ backendRefs: [NGINX], timeouts: { request: `${seconds}s` } }],
      },
    });
    const plain = route('nginx-redirect', httpListener);
    httpRoute(this, 'http', {
      metadata: plain.metadata,
      spec: {
        ...plain.parents,
        rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }] }],
      },
    });
  }

  private ingress(host: string, { className, tlsSecret, annotations }: IngressEdge): void {
    new KubeIngress(this, 'ingress', {
      metadata: { name: 'nginx', labels: labelsFor(IDENTITY), ...(annotations && { annotations }) },
      spec: {
        ingressClassName: className,
        tls: [{ hosts: [host], secretName: tlsSecret }],
        rules: [
          {
            host,
            http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: NGINX.name, port: { number: NGINX.port } } } }] },
          },
        ],
      },
    });
  }
}

/** Seconds for body and answer on a slow line: 24 MiB at 350 kbit/s. */
const TRANSFER = 600;

/** Seconds that a proxy gives an exchange, from the first byte of the request to the last of the answer: nginx bounds what PHP may take, and knows better what to say. */
function patienceOf(files: DockerFiles): number {
  const connecting = amountIn(files, 'nginx/fastcgi.conf', 'fastcgi_connect_timeout', secondsOf);
  const tries = amountIn(files, 'nginx/fastcgi.conf', 'fastcgi_next_upstream_tries', Number);
  return tries * connecting + amountIn(files, 'nginx/default.prod.conf', 'fastcgi_read_timeout', secondsOf) + TRANSFER;
}

/** Addresses whose word on a client counts. */
export function trustedAddressesOf(settings: EdgeSettings): readonly string[] {
  return settings.type === 'none' ? [] : settings.proxies.addresses;
}
