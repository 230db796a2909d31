import type { Manifest } from '../../charts';
import { readJson, type Live } from '../kubectl';
import { ofKind, row, unique, type Check } from './check';

const DEFAULT = 'storageclass.kubernetes.io/is-default-class';

/** Every StorageClass that volumes name, or the default one, is there and lets a volume grow. */
export const storage: Check = async ({ manifests }) => {
  const claims: Manifest['spec'][] = ofKind(manifests, 'StatefulSet', 'MySQLCluster').flatMap(
    ({ spec }) => spec.volumeClaimTemplates ?? [],
  );
  const classes: Live[] = (await readJson(['get', 'storageclasses']))?.items ?? [];
  return unique(claims.map(({ spec }) => spec.storageClassName ?? '')).map((name) => {
    const found = classes.find(({ metadata }) => (name === '' ? metadata.annotations?.[DEFAULT] === 'true' : metadata.name === name));
    const check = `StorageClass ${name || '(the default)'}`;
    if (found === undefined) {
      const others = classes.map(({ metadata }) => metadata.name).join(', ') || 'none';
      return row(
        check,
        `there is none; others: ${others}`,
        name === '' ? `kubectl annotate storageclass NAME ${DEFAULT}=true` : `make it, or name another as storageClass`,
      );
    }
    return row(
      check,
      `${found.metadata.name}, reclaimPolicy ${found.reclaimPolicy}${found.allowVolumeExpansion ? ', grows' : ', does not grow'}`,
      !found.allowVolumeExpansion &&
        `set allowVolumeExpansion: true in it where its driver can, or choose another: a full volume could not grow`,
    );
  });
};
