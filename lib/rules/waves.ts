import type { Manifest } from '../charts';
import { HOOK, SYNC_WAVE } from '../kubernetes/argocd';
import { accountsOf, templateOf, titleOf } from './objects';
import { backendsOf } from './targets';

/** When Argo CD applies an object: its Application, the phase of the sync, the wave in it. */
type Turn = readonly [tier: number, phase: number, wave: number];

const PHASES = ['PreSync', 'Sync', 'PostSync'];

/**
 * Objects that name what Argo CD applies only after them: one line each. A hook before all waves is the usual one: of its own Application
 * nothing is there yet.
 *
 * @param tiers objects of each tier by its name, in the order in which the tiers are applied
 */
export function waveFindings(tiers: Readonly<Record<string, readonly Manifest[]>>): string[] {
  const names = Object.keys(tiers);
  const turns = new Map(
    Object.values(tiers).flatMap((manifests, tier) => manifests.map((manifest) => [manifest, turnOf(manifest, tier)] as const)),
  );
  const named = new Map([...turns].map(([manifest, turn]) => [titleOf(manifest), turn]));
  const describe = ([tier, phase, wave]: Turn) => `wave ${wave} of ${PHASES[phase] ?? 'no phase'} in tier ${names[tier]}`;
  return [...turns].flatMap(([manifest, own]) =>
    [...new Set(namedBy(manifest))].flatMap((title) => {
      const other = named.get(title);
      return other === undefined || !isBefore(own, other)
        ? []
        : [
            `${titleOf(manifest)}: is applied in ${describe(own)}, and needs ${title}, which comes in ${describe(other)}; give it a later wave`,
          ];
    }),
  );
}

function turnOf({ metadata }: Manifest, tier: number): Turn {
  return [tier, PHASES.indexOf(metadata.annotations?.[HOOK] ?? 'Sync'), Number(metadata.annotations?.[SYNC_WAVE] ?? 0)];
}

function isBefore(own: Turn, other: Turn): boolean {
  const different = own.findIndex((value, index) => value !== other[index]);
  return different >= 0 && (own[different] ?? 0) < (other[different] ?? 0);
}

/** Titles of the objects without which this one does not start, or does nothing. */
function namedBy(manifest: Manifest): string[] {
  const { kind, spec } = manifest;
  const template = templateOf(manifest);
  switch (kind) {
    case 'HorizontalPodAutoscaler':
      return [`${spec.scaleTargetRef.kind} ${spec.scaleTargetRef.name}`];
    case 'ScaledObject':
      return [
        `Deployment ${spec.scaleTargetRef.name}`,
        ...spec.triggers.flatMap(({ authenticationRef: login }: Manifest['spec']) => (login ? `TriggerAuthentication ${login.name}` : [])),
      ];
    case 'HTTPRoute':
    case 'Ingress':
      return backendsOf(kind, spec).map(({ name }) => `Service ${name}`);
    case 'SecretStore':
      return accountsOf(spec.provider).map((account) => `ServiceAccount ${account}`);
    case 'ExternalSecret':
      return [`${spec.secretStoreRef.kind} ${spec.secretStoreRef.name}`];
    default:
      return template ? [...(kind === 'StatefulSet' ? [`Service ${spec.serviceName}`] : []), ...namedByPod(template.spec)] : [];
  }
}

function namedByPod({ serviceAccountName, priorityClassName, volumes = [] }: Manifest['spec']): string[] {
  const configMaps: string[] = volumes.flatMap((volume: Manifest['spec']) => volume.configMap?.name ?? []);
  const sources: Manifest['spec'][] = volumes.flatMap((volume: Manifest['spec']) => volume.projected?.sources ?? []);
  return [
    `ServiceAccount ${serviceAccountName}`,
    ...(priorityClassName === undefined ? [] : [`PriorityClass ${priorityClassName}`]),
    ...configMaps.map((name) => `ConfigMap ${name}`),
    // It makes the Secret of its name, where it is there.
    ...sources.map(({ secret }) => `ExternalSecret ${secret.name}`),
  ];
}
