import { S3Backend, type TerraformBackend, type TerraformStack } from 'cdktn';
import type { AddOnName } from './add-ons';

/** What is decided for a cluster that add-ons are installed on. */
export interface ClusterSettings {
  /** Name of the cluster, and of its folder in `cdktf.out/stacks/`. */
  readonly name: string;
  /**
   * Where Terraform or OpenTofu keeps what it has made: any backend that `cdktn` exports. Without one that would be a file on the machine
   * of whoever applied it first.
   */
  readonly backend: (stack: TerraformStack) => TerraformBackend;
  readonly kubernetes: {
    /** Context of the kubeconfig. By name, so that nothing is installed on the cluster that happens to be the current one. */
    readonly context: string;
    /** Path from the home directory (`~/…`). @default ~/.kube/config */
    readonly kubeconfig?: string;
  };
  /** Those that the cluster does not have already. */
  readonly addOns: readonly AddOnName[];
  /** What Argo CD applies without being asked. @default - nothing: `dist/argocd` is applied by hand */
  readonly rootApplication?: RootApplicationSettings;
}

/** Where the root Application reads `dist/argocd`. */
export interface RootApplicationSettings {
  /** Address of this repository, as in `argocd.repository` of the environments. */
  readonly repository: string;
  /** Branch or tag. */
  readonly revision: string;
}

/** The cluster of staging and production. */
export const settings: ClusterSettings = {
  name: 'fintrack',
  backend: (stack) =>
    new S3Backend(stack, {
      bucket: 'fintrack-terraform',
      key: 'cluster.tfstate',
      region: 'eu-central-1',
      encrypt: true,
      useLockfile: true,
    }),
  kubernetes: { context: 'fintrack' },
  addOns: ['metrics-server', 'keda', 'envoy-gateway', 'cert-manager', 'external-secrets', 'kube-prometheus-stack', 'argo-cd'],
  rootApplication: { repository: 'https://git.example.com/fintrack/fintrack-kubernetes.git', revision: 'main' },
};
