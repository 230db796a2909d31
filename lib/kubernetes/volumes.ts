import { Size } from 'cdk8s';
import type { Volume } from '../../imports/k8s';
import { DELETABLE_WITH_POD } from './data-protection';
import { quantityOf } from './resources';

/** A volume at a place in a container. A pod's volumes are those of its containers' mounts. */
export interface Mount {
  readonly volume: Volume;
  /** Absolute path of a folder; single files are never mounted, as such a mount would not follow a change. */
  readonly path: string;
  /** @default true */
  readonly readOnly?: boolean;
}

/** One file made of one key of a Secret. */
export interface SecretFile {
  /** Name of the Secret. */
  readonly secret: string;
  readonly key: string;
  /** File name below the mount. @default - the key */
  readonly file?: string;
}

/** An empty folder that lives and dies with the pod; on the node's disk, or in memory for what must touch no disk. */
export function emptyFolder(name: string, path: string, size: Size, medium: 'disk' | 'memory' = 'disk'): Mount {
  const emptyDir = { sizeLimit: quantityOf(size), ...(medium === 'memory' ? { medium: 'Memory' } : {}) };
  return { volume: { name, emptyDir }, path, readOnly: false };
}

/** An empty folder that lives and dies with the pod, on a volume of its own: for more than the disk of an ordinary node has room for. */
export function scratchVolume(name: string, path: string, size: Size, storageClass?: string): Mount {
  const spec = {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: quantityOf(size) } },
    ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
  };
  const volumeClaimTemplate = { metadata: { annotations: DELETABLE_WITH_POD }, spec };
  return { volume: { name, ephemeral: { volumeClaimTemplate } }, path, readOnly: false };
}

/**
 * Secrets as files below one folder, readable by the pod's group only.
 *
 * @param name of the volume; containers of a pod that see different files need one each @default secrets
 */
export function secretFiles(path: string, files: readonly SecretFile[], name = 'secrets'): Mount {
  const secrets = [...new Set(files.map((file) => file.secret))];
  const sources = secrets.map((secret) => ({
    secret: {
      name: secret,
      items: files.filter((file) => file.secret === secret).map(({ key, file }) => ({ key, path: file ?? key })),
    },
  }));
  return { volume: { name, projected: { defaultMode: 0o440, sources } }, path };
}

/** A ConfigMap whose name does not follow its content, as a folder: a change arrives in running pods and restarts none. */
export function configFolder(name: string, configMap: string, path: string): Mount {
  return { volume: { name, configMap: { name: configMap } }, path };
}

/** A volume that somebody else claims, under another name than that of the claim. */
export function existingVolume(name: string, claimName: string, path: string): Mount {
  return { volume: { name, persistentVolumeClaim: { claimName } }, path, readOnly: false };
}

/** The volume that a StatefulSet claims for each of its pods. */
export function claimedVolume(name: string, path: string): Mount {
  return { volume: { name, persistentVolumeClaim: { claimName: name } }, path, readOnly: false };
}
