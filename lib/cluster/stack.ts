import { TerraformProvider, TerraformResource, TerraformStack, type App } from 'cdktn';
import { ADD_ONS, rootApplication, type AddOn } from './add-ons';
import type { ClusterSettings } from './settings';

/** Terraform's provider for Helm; OpenTofu has the same. Its attributes are written as they are, without generated bindings: there are few. */
class HelmProvider extends TerraformProvider {
  constructor(
    stack: TerraformStack,
    private readonly kubernetes: ClusterSettings['kubernetes'],
  ) {
    super(stack, 'helm', {
      terraformResourceType: 'helm',
      terraformProviderSource: 'hashicorp/helm',
      terraformGeneratorMetadata: { providerName: 'helm', providerVersion: '3.1.2' },
    });
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    const { context, kubeconfig = '~/.kube/config' } = this.kubernetes;
    return { kubernetes: { config_path: kubeconfig, config_context: context } };
  }
}

/** An add-on on the cluster. */
class HelmRelease extends TerraformResource {
  constructor(
    stack: TerraformStack,
    private readonly addOn: AddOn,
    after?: HelmRelease,
  ) {
    super(stack, addOn.name, { terraformResourceType: 'helm_release', ...(after === undefined ? {} : { dependsOn: [after] }) });
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    const { name, chart, repository, version, namespace, values } = this.addOn;
    // JSON is YAML, which Helm reads values as.
    return { name, chart, repository, version, namespace, create_namespace: true, values: [JSON.stringify(values)] };
  }
}

/** The oldest Terraform and the oldest OpenTofu that may read the configuration: the first to lock state in S3 without a database. */
export const OLDEST = '>=1.10.0';

/** A cluster's add-ons as a configuration for Terraform or OpenTofu. */
export class ClusterStack extends TerraformStack {
  constructor(app: App, settings: ClusterSettings) {
    super(app, settings.name);
    this.addOverride('terraform.required_version', OLDEST);
    settings.backend(this);
    new HelmProvider(this, settings.kubernetes);

    const chosen: readonly AddOn[] = ADD_ONS.filter(({ name }) => settings.addOns.includes(name));
    const isPrometheus = ({ name }: AddOn) => name === 'kube-prometheus-stack';
    const [prometheus] = chosen.filter(isPrometheus).map((addOn) => new HelmRelease(this, addOn));
    const releases = chosen
      .filter((addOn) => !isPrometheus(addOn))
      .map((addOn) =>
        addOn.monitored && prometheus
          ? // After the definition of what a monitor is.
            new HelmRelease(this, { ...addOn, values: { ...addOn.values, ...addOn.monitored } }, prometheus)
          : new HelmRelease(this, addOn),
      );
    if (settings.rootApplication !== undefined) {
      const argoCd = releases.find(({ node }) => node.id === 'argo-cd');
      new HelmRelease(this, rootApplication(settings.rootApplication), argoCd);
    }
  }
}
