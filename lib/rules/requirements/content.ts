import type { Manifest } from '../../charts';
import { IMAGES } from '../../kubernetes/images';
import { kindFindings } from '../delivery';
import { containers, objects, type HeldElsewhere, type Requirement } from './requirement';

/** Names of what is not said in public. */
const SECRET_NAME = /passw|token|secret|key|pwd|bearer|jwt|credential/i;

/** What a secret looks like: a key in PEM, a signed token, a key of AWS, an account with its password in an address. */
const SECRET_TEXT = /-----BEGIN [A-Z ]*PRIVATE KEY|\beyJ[\w-]{10,}\.eyJ|\bAKIA[0-9A-Z]{16}\b|:\/\/[^\s/:@$]+:[^\s/:@$]+@/;

const THIRD_PARTY: readonly string[] = Object.values(IMAGES).map(({ reference }) => reference);

/** What containers are made of, and what they are told. */
export const CONTENT = {
  /**
   * No RBAC for workloads. KL access-to-create-pods, access-to-secrets, cluster-admin-role-binding, wildcard-in-rules; PO
   * clusterrolePodExecAttach, clusterrolebindingClusterAdmin, clusterrolebindingPodExecAttach, rolePodExecAttach,
   * rolebindingClusterAdminClusterRole, rolebindingClusterAdminRole, rolebindingClusterRolePodExecAttach, rolebindingRolePodExecAttach; CK
   * 49, 155, 156, 157, 158, v2:1, v2:2, v2:3, v2:4, v2:5; TR 0041, 0042, 0043, 0044, 0045, 0046, 0047, 0048, 0049, 0050, 0051, 0052, 0053,
   * 0054, 0055, 0056, 01011, 0111, 0112, 0113, 0114, 0115, 0122, 0123; KC C002, C007, C015, C031, C035, C037, C053, C063, C065, C185, C186,
   * C187, C188, C191, C262, C265, C267, C272, C278, C279, C280, C281, C282; DT CONTAINERS_INCORRECT_RESOURCES_VERBS_VALUE,
   * CIS_INVALID_ROLE_CLUSTER_ADMIN, CIS_INVALID_VERB_SECRETS, CIS_INVALID_WILDCARD_ROLE, CIS_INVALID_VALUE_CREATE_POD,
   * CIS_INVALID_VALUE_SYSTEM_MASTERS, CIS_INVALID_VALUE_BIND_IMPERSONATE_ESCALATE.
   */
  R16: { wants: 'no Role and no RoleBinding of any sort', rule: kindFindings } satisfies HeldElsewhere,
  /**
   * Fixed tag. KS container-image-tag; KL latest-tag; PO tagNotSpecified; CK 14; TR 0013; KC C075; DT
   * CONTAINERS_MISSING_IMAGE_VALUE_VERSION.
   */
  R17: containers('a tag that is not latest', ({ image }) => /:[\w][\w.-]*(@|$)/.test(image) && !/:latest(@|$)/.test(image)),
  /** Digest pinned. CK 43; KC C306; DT CONTAINERS_MISSING_IMAGE_VALUE_DIGEST. */
  R18: {
    ...containers('images by digest, name:tag@sha256:…', ({ image }) => /@sha256:[0-9a-f]{64}$/.test(image)),
    strict: true,
  } satisfies Requirement,
  /** Pull policy. KS container-image-pull-policy; PO pullPolicyNotAlways; CK 15; KC C075. */
  R19: containers('imagePullPolicy: Always', ({ imagePullPolicy }) => imagePullPolicy === 'Always'),
  /** Allowed registry, signature, SBOM, no criticals. TR 0125; KC C001, C078, C083, C084, C085, C236, C237, C253. */
  R20: containers(
    'third-party images from lib/kubernetes/images.ts',
    ({ image }, { labels }) => ['php', 'nginx', 'backup'].includes(labels['app.kubernetes.io/name'] ?? '') || THIRD_PARTY.includes(image),
  ),
  /** Secrets as files, not env. KL read-secret-from-env-var; CK 35; KC C207; DT CIS_INVALID_KEY_SECRETKEYREF_SECRETREF. */
  R21: containers(
    'secrets as files of mode 0440, none in an environment',
    ({ env = [], envFrom = [], volumeMounts = [] }, { spec }) =>
      env.every(({ valueFrom }: Manifest['spec']) => valueFrom?.secretKeyRef === undefined) &&
      envFrom.every(({ secretRef }: Manifest['spec']) => secretRef === undefined) &&
      (spec.volumes ?? [])
        .filter(({ name }: Manifest['spec']) => volumeMounts.some((mount: Manifest['spec']) => mount.name === name))
        .every(({ secret, projected }: Manifest['spec']) => {
          const source = secret ?? (projected?.sources.some((each: Manifest['spec']) => each.secret) ? projected : undefined);
          return source === undefined || source.defaultMode === 0o440;
        }),
  ),
  /**
   * Nothing secret-looking in env or ConfigMaps. KL env-var-secret; PO sensitiveConfigmapContent, sensitiveContainerEnvVar; TR 01010, 0109;
   * KC C012, C259; DT ALL_EXPOSED_SECRET_*, ALL_EXPOSED_SECRET_*.
   */
  R22: {
    wants: 'nothing that is named or looks like a secret in environments and ConfigMaps',
    breaches: (all) => [
      ...containers('', ({ env = [] }) =>
        env.every(({ name, value }: Manifest['spec']) => value === undefined || !(SECRET_NAME.test(name) || SECRET_TEXT.test(value))),
      ).breaches(all),
      ...objects('', ['ConfigMap'], (object) =>
        Object.entries<string>(object['data'] ?? {}).every(
          ([name, text]) => (name.endsWith('.sh') || !SECRET_NAME.test(name)) && !SECRET_TEXT.test(text),
        ),
      ).breaches(all),
    ],
  } satisfies Requirement,
  /** External secret store, authenticated datastores. KC C208, C274. */
  R23: { wants: 'no Secret: values come from a store or from a human', rule: kindFindings } satisfies HeldElsewhere,
  /** References resolve, no duplicate env keys. KS environment-variable-key-duplication; KL duplicate-env-var, env-value-from; KC C295. */
  R24: containers(
    'each environment variable once; lib/rules/references.ts finds what is named and is not there',
    ({ env = [] }) => new Set(env.map(({ name }: Manifest['spec']) => name)).size === env.length,
  ),
};
