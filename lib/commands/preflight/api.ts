import type { Manifest } from '../../charts';
import { readPath } from '../kubectl';
import { ofKind, row, unique, type Check } from './check';

/** Where groups come from that Kubernetes itself does not have. */
const ADD_ONS: Readonly<Record<string, string>> = {
  'external-secrets.io': 'install External Secrets 0.16 or newer',
  'cert-manager.io': 'install cert-manager 1.18 or newer, or choose another tls (docs/operations/tls.md)',
  'gateway.networking.k8s.io': 'install the Gateway API 1.0 or newer, and a controller for it',
  'keda.sh': 'install KEDA 2',
  'monitoring.coreos.com': 'install the Prometheus Operator',
  'moco.cybozu.com': 'install the operator MOCO',
};

/** Every kind that the manifests have is served, in the version in which they have it. */
export const apiVersions: Check = ({ manifests }) =>
  Promise.all(
    unique(manifests.map(({ apiVersion }) => apiVersion)).map(async (apiVersion) => {
      const [group = ''] = apiVersion.split('/');
      const served = await readPath(apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`);
      const kinds = unique(manifests.filter((manifest) => manifest.apiVersion === apiVersion).map(({ kind }) => kind));
      const missing = kinds.filter((kind) => !served?.resources?.some((resource: { kind: string }) => resource.kind === kind));
      return row(
        `API ${apiVersion}`,
        missing.length === 0 ? kinds.join(', ') : `no ${missing.join(', ')}`,
        missing.length > 0 && (ADD_ONS[group] ?? 'use Kubernetes 1.27 or newer'),
      );
    }),
  );

/** Where an autoscaler measures pods, somebody tells it. */
export const metrics: Check = async ({ manifests }) => {
  const rows = [];
  const triggers: Manifest['spec'][] = ofKind(manifests, 'ScaledObject').flatMap(({ spec }) => spec.triggers);
  if (ofKind(manifests, 'HorizontalPodAutoscaler').length > 0 || triggers.some(({ type }) => type === 'cpu')) {
    const nodes: unknown[] = (await readPath('/apis/metrics.k8s.io/v1beta1/nodes'))?.items ?? [];
    rows.push(
      row(
        'metrics of pods',
        nodes.length > 0 ? `of ${nodes.length} nodes` : 'metrics.k8s.io does not answer',
        nodes.length === 0 && 'install the metrics server; kubectl top nodes must answer',
      ),
    );
  }
  if (triggers.length > 0) {
    const served = await readPath('/apis/external.metrics.k8s.io/v1beta1');
    rows.push(
      row(
        'metrics of KEDA',
        served ? 'external.metrics.k8s.io answers' : 'external.metrics.k8s.io does not answer',
        !served && "look at KEDA's metrics server: kubectl get apiservice v1beta1.external.metrics.k8s.io",
      ),
    );
  }
  for (const address of unique(triggers.flatMap(({ metadata }) => metadata.serverAddress ?? []))) {
    const { hostname, port, protocol, pathname } = new URL(address);
    const [service = '', namespace, kind] = hostname.split('.');
    if (kind === 'svc') {
      const path = `/api/v1/namespaces/${namespace}/services/${protocol === 'https:' ? 'https:' : ''}${service}${port && `:${port}`}/proxy${pathname.replace(/\/$/, '')}/api/v1/query?query=1`;
      const answers = (await readPath(path))?.status === 'success';
      rows.push(
        row(
          'Prometheus for KEDA',
          `${address} ${answers ? 'answers' : 'does not answer'}`,
          !answers && 'install the Prometheus Operator with a Prometheus, or say where it is: monitoring.prometheusUrl',
        ),
      );
    }
  }
  return rows;
};

/** Where data is protected, the policy that does it is there. */
export const dataProtection: Check = async ({ environment }) => {
  if (!environment.protectData) {
    return [];
  }
  const bound = await readPath('/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/fintrack-protect-data');
  return [
    row(
      'protection of data',
      bound ? 'fintrack-protect-data is bound' : 'fintrack-protect-data is not bound',
      !bound && 'kubectl apply -f dist/cluster (Kubernetes 1.30 or newer), or leave protectData out',
    ),
  ];
};
