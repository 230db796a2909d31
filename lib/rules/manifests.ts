import type { Manifest } from '../charts';
import type { DockerFiles } from '../docker/docker-files';
import { calledNameFindings } from './certificates';
import { companionFindings } from './companions';
import { kindFindings } from './delivery';
import { disruptionFindings } from './disruption';
import { drainFindings } from './drain';
import { memoryFindings } from './memory';
import { monitoringFindings } from './monitoring';
import { referenceFindings } from './references';
import { waveFindings } from './waves';

/**
 * What cannot work in the manifests of an environment, whatever was applied before: one line each.
 *
 * @param tiers objects of each tier by its name, in the order in which the tiers are applied
 */
export function manifestFindings(tiers: Readonly<Record<string, readonly Manifest[]>>, files: DockerFiles): string[] {
  const manifests = Object.values(tiers).flat();
  return [
    ...kindFindings(manifests),
    ...referenceFindings(manifests),
    ...calledNameFindings(manifests),
    ...companionFindings(manifests),
    ...monitoringFindings(manifests),
    ...waveFindings(tiers),
    ...disruptionFindings(manifests),
    ...drainFindings(manifests, files),
    ...memoryFindings(manifests, files),
  ];
}
