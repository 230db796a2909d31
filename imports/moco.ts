import { ApiObject, type ApiObjectMetadata } from 'cdk8s';
import type { Construct } from 'constructs';

// The operator MOCO, group moco.cybozu.com, version v1beta2: the fields that FinTrack sets, written by hand, because no package
// carries its types. The definitions themselves: https://github.com/cybozu-go/moco/tree/main/config/crd/bases

/** Amounts of a container. */
export interface MocoResources {
  readonly requests: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, string>>;
}

/** Who a container of the operator runs as and what it may do. */
export interface MocoSecurityContext {
  readonly runAsUser: number;
  readonly runAsGroup: number;
  readonly runAsNonRoot: boolean;
  readonly allowPrivilegeEscalation: boolean;
  readonly capabilities: { readonly drop: readonly string[] };
  readonly seccompProfile: { readonly type: 'RuntimeDefault' };
}

/** A claim on a volume. */
export interface MocoClaimSpec {
  readonly accessModes: readonly string[];
  readonly resources: { readonly requests: { readonly storage: string } };
  readonly storageClassName?: string;
}

/** `spec` of a MySQLCluster. */
export interface MysqlClusterSpec {
  readonly replicas: number;
  readonly mysqlConfigMapName: string;
  readonly backupPolicyName?: string;
  readonly maxDelaySeconds: number;
  readonly startupWaitSeconds: number;
  readonly podTemplate: {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: {
      readonly automountServiceAccountToken: boolean;
      readonly enableServiceLinks: boolean;
      readonly priorityClassName: string;
      readonly terminationGracePeriodSeconds: number;
      readonly securityContext: {
        readonly fsGroup: number;
        readonly fsGroupChangePolicy: 'OnRootMismatch';
        readonly runAsNonRoot: boolean;
        readonly seccompProfile: { readonly type: 'RuntimeDefault' };
      };
      readonly topologySpreadConstraints: readonly {
        readonly maxSkew: number;
        readonly topologyKey: string;
        readonly whenUnsatisfiable: 'ScheduleAnyway';
        readonly labelSelector: { readonly matchLabels: Readonly<Record<string, string>> };
      }[];
      readonly containers: readonly {
        readonly name: 'mysqld';
        readonly image: string;
        readonly imagePullPolicy: 'IfNotPresent';
        readonly resources: MocoResources;
        readonly securityContext: MocoSecurityContext;
      }[];
    };
    readonly overwriteContainers: readonly {
      readonly name: 'agent' | 'copy-moco-init' | 'moco-init' | 'slow-log';
      readonly securityContext: MocoSecurityContext;
    }[];
  };
  readonly volumeClaimTemplates: readonly { readonly metadata: { readonly name: string }; readonly spec: MocoClaimSpec }[];
}

/** `spec` of a BackupPolicy. */
export interface BackupPolicySpec {
  readonly schedule: string;
  readonly timeZone: string;
  readonly concurrencyPolicy: 'Forbid';
  readonly jobConfig: {
    readonly serviceAccountName: string;
    readonly bucketConfig: {
      readonly bucketName: string;
      readonly endpointURL?: string;
      readonly region?: string;
      readonly usePathStyle?: boolean;
    };
    readonly envFrom?: readonly { readonly secretRef: { readonly name: string } }[];
    readonly workVolume: {
      readonly ephemeral: {
        readonly volumeClaimTemplate: {
          readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
          readonly spec: MocoClaimSpec;
        };
      };
    };
    readonly cpu: string;
    readonly memory: string;
    readonly threads: number;
  };
}

/** What each kind of the operator is described by. */
interface MocoSpecs {
  readonly MySQLCluster: MysqlClusterSpec;
  readonly BackupPolicy: BackupPolicySpec;
}

/** An object that the operator MOCO acts on. */
export function mocoObject<Kind extends keyof MocoSpecs>(
  scope: Construct,
  id: string,
  kind: Kind,
  props: { readonly metadata: ApiObjectMetadata; readonly spec: MocoSpecs[Kind] },
): ApiObject {
  return new ApiObject(scope, id, { apiVersion: 'moco.cybozu.com/v1beta2', kind, ...props });
}
