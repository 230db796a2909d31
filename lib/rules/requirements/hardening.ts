import { containers, pods, type Pod } from './requirement';

/** What a container runs as: its own word, else its pod's. */
const own = (container: Pod['spec'], { spec }: Pod, field: string) => container.securityContext?.[field] ?? spec.securityContext?.[field];

/** Fields of a security context, of a pod or of a container, that open more of the kernel. */
const KERNEL = ['sysctls', 'procMount', 'seLinuxOptions', 'appArmorProfile', 'windowsOptions'];

/** Where a volume may come from. */
const VOLUMES = ['configMap', 'secret', 'projected', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'csi', 'downwardAPI'];

/** What pods may do on their node. Names in front of checks: see index.ts. */
export const HARDENING = {
  /**
   * Run as non-root. KL run-as-non-root; PO runAsRootAllowed; CK 23; TR 0012, 0105; KC C013, C198; DT
   * CONTAINERS_INCORRECT_RUNASNONROOT_VALUE; PSS runAsNonRoot, runAsUser.
   */
  R01: containers(
    'runAsNonRoot: true in pod and container, and a numeric runAsUser',
    (container, pod) =>
      container.securityContext?.runAsNonRoot === true &&
      pod.spec.securityContext?.runAsNonRoot === true &&
      own(container, pod, 'runAsUser') > 0,
  ),
  /**
   * UID and GID above 10000. KS container-security-context-user-group-id; CK 40; TR 0020, 0021; DT
   * CONTAINERS_INCORRECT_RUNASUSER_VALUE_LOWUID, CONTAINERS_INCORRECT_RUNASGROUP_VALUE_LOWGID.
   */
  R02: containers(
    'runAsUser and runAsGroup above 10000',
    (container, pod) => own(container, pod, 'runAsUser') > 10000 && own(container, pod, 'runAsGroup') > 10000,
  ),
  /** No root group. TR 0116; KC C013. */
  R03: pods(
    'no group 0 among fsGroup and supplementalGroups',
    ({ securityContext }) => ![securityContext?.fsGroup, ...(securityContext?.supplementalGroups ?? [])].includes(0),
  ),
  /**
   * Not privileged. KS container-security-context-privileged; KL privileged-container; PO runAsPrivileged; CK 16; TR 0017; KC C057, C193;
   * DT CONTAINERS_INCORRECT_PRIVILEGED_VALUE_TRUE; PSS privileged.
   */
  R04: containers('no privileged container', ({ securityContext }) => securityContext?.privileged !== true),
  /**
   * No privilege escalation. KL privilege-escalation-container; PO privilegeEscalationAllowed; CK 20; TR 0001; KC C016, C197; DT
   * CONTAINERS_MISSING_KEY_ALLOWPRIVILEGEESCALATION; PSS allowPrivilegeEscalation.
   */
  R05: containers('allowPrivilegeEscalation: false', ({ securityContext }) => securityContext?.allowPrivilegeEscalation === false),
  /**
   * Drop every capability, add none. KL drop-net-raw-capability; PO dangerousCapabilities, insecureCapabilities; CK 25, 28, 37, 39; TR
   * 0003, 0004, 0005, 0022, 0106, 0119, 0120; KC C046, C055, C199, C200, C201; DT CONTAINERS_INVALID_CAPABILITIES_VALUE,
   * EKS_INVALID_CAPABILITIES_EKS, CIS_MISSING_VALUE_DROP_NET_RAW; PSS capabilities_baseline, capabilities_restricted.
   */
  R06: containers(
    'capabilities: drop ALL and add none',
    ({ securityContext }) => securityContext?.capabilities?.drop?.includes('ALL') && securityContext.capabilities.add === undefined,
  ),
  /**
   * Read-only root filesystem. KS container-security-context-readonlyrootfilesystem; KL no-read-only-root-fs; PO notReadOnlyRootFilesystem;
   * CK 22; TR 0014; KC C017; DT CONTAINERS_INCORRECT_READONLYROOTFILESYSTEM_VALUE.
   */
  R07: containers('readOnlyRootFilesystem: true', ({ securityContext }) => securityContext?.readOnlyRootFilesystem === true),
  /**
   * Seccomp RuntimeDefault. KS container-seccomp-profile; PO linuxHardening; CK 31; TR 0030, 0104; KC C055, C210; DT
   * CONTAINERS_INCORRECT_SECCOMP_PROFILE, CIS_INVALID_VALUE_SECCOMP_PROFILE; PSS seccompProfile_baseline, seccompProfile_restricted.
   */
  R08: containers('seccompProfile RuntimeDefault in pod and container', ({ securityContext }, { spec }) =>
    [securityContext, spec.securityContext].every((context) => context?.seccompProfile?.type === 'RuntimeDefault'),
  ),
  /**
   * No unusual kernel surface. KL unsafe-sysctls, unsafe-proc-mount; PO hostProcess, procMount; TR 0002, 0025, 0026, 0027, 0103; KC C202;
   * DT EKS_INVALID_HOSTPROCESS_VALUE, EKS_INVALID_SELINUXOPTIONS_TYPE_VALUE, EKS_INVALID_SELINUXOPTIONS_USER_VALUE,
   * EKS_INVALID_SELINUXOPTIONS_ROLE_VALUE; PSS appArmorProfile, procMount_baseline, procMount_restricted, seLinuxOptions, sysctls,
   * windowsHostProcess.
   */
  R09: containers(`none of ${KERNEL.join(', ')}`, ({ securityContext }, { spec }) =>
    [securityContext, spec.securityContext].every((context) => KERNEL.every((field) => context?.[field] === undefined)),
  ),
  /**
   * No host namespaces, host ports, host aliases. KL host-ipc, host-network, host-pid; PO hostIPCSet, hostNetworkSet, hostPIDSet,
   * hostPortSet; CK 17, 18, 19, 26; TR 0007, 0008, 0009, 0010, 0024; KC C038, C041, C044, C194, C195, C196, C204, C275, C276; DT
   * CONTAINERS_INCORRECT_HOSTPID_VALUE_TRUE, CONTAINERS_INCORRECT_HOSTIPC_VALUE_TRUE, CONTAINERS_INCORRECT_HOSTNETWORK_VALUE_TRUE,
   * CONTAINERS_INCORRECT_KEY_HOSTPORT; PSS hostNamespaces, hostPorts.
   */
  R10: pods(
    "nothing of the node's: hostNetwork, hostPID, hostIPC, hostAliases, hostPort",
    (spec) =>
      ['hostNetwork', 'hostPID', 'hostIPC', 'hostAliases'].every((field) => !spec[field]) &&
      [...(spec.initContainers ?? []), ...spec.containers].every(({ ports = [] }) => ports.every((port: Pod['spec']) => !port.hostPort)),
  ),
  /**
   * Only safe volumes. KL docker-sock, sensitive-host-mounts, writable-host-mount; PO hostPathSet; CK 27; TR 0006, 0023, 0028, 0121; KC
   * C020, C045, C048, C058, C074, C203; DT CONTAINERS_INCORRECT_PATH_VALUE_DOCKERSOCKET, CONTAINER_CVE2021_25741_INCORRECT_SUBPATH_KEY,
   * CONTAINERS_INCORRECT_KEY_HOSTPATH, EKS_INVALID_HOSTPATH_MOUNT_READONLY_VALUE; PSS hostPathVolumes, restrictedVolumes.
   */
  R11: pods(
    `volumes of ${VOLUMES.join(', ')} only, emptyDir with a sizeLimit, and no subPath`,
    (spec) =>
      (spec.volumes ?? []).every(
        (volume: Pod['spec']) =>
          Object.keys(volume).every((field) => field === 'name' || VOLUMES.includes(field)) &&
          (volume.emptyDir === undefined || volume.emptyDir.sizeLimit !== undefined),
      ) &&
      [...(spec.initContainers ?? []), ...spec.containers].every(({ volumeMounts = [] }) =>
        volumeMounts.every((mount: Pod['spec']) => mount.subPath === undefined && mount.subPathExpr === undefined),
      ),
  ),
  /** Security context present at both levels. CK 29, 30; TR 0118; KC C211; DT CIS_MISSING_KEY_SECURITYCONTEXT. */
  R12: containers('a securityContext in pod and container', ({ securityContext }, { spec }) =>
    [securityContext, spec.securityContext].every((context) => Object.keys(context ?? {}).length > 0),
  ),
  /**
   * Ports declared, named, unprivileged. KS container-ports-check; KL invalid-target-ports, liveness-port, privileged-ports,
   * readiness-port, ssh-port, startup-port; TR 0117; KC C042.
   */
  R13: containers('ports from 1024 on, named once, and probes of ports by these names', ({ ports = [], ...container }) => {
    const names: string[] = ports.map(({ name }: Pod['spec']) => name);
    const probed = ['startupProbe', 'livenessProbe', 'readinessProbe'].flatMap((probe) => {
      const { httpGet, tcpSocket } = container[probe] ?? {};
      return (httpGet ?? tcpSocket)?.port ?? [];
    });
    return (
      ports.every(({ name, containerPort }: Pod['spec']) => containerPort >= 1024 && name?.length <= 15) &&
      new Set(names).size === names.length &&
      probed.every((port) => names.includes(port))
    );
  }),
  /** No sudo, no git-sync. CK 159; KC C062. */
  R14: containers(
    'no sudo and no code that is fetched at run time',
    ({ image, command = [], args = [] }) => !/\b(sudo|git-sync|git (clone|pull))\b/.test([image, ...command, ...args].join(' ')),
  ),
  /**
   * Own ServiceAccount without token. KL default-service-account, deprecated-service-account-field, non-existent-service-account; PO
   * automountServiceAccountToken; CK 38, 41, 42; TR 0036; KC C034, C053, C189, C190, C261, C294, C307; DT
   * SRVACC_INCORRECT_AUTOMOUNTSERVICEACCOUNTTOKEN_VALUE, CIS_INVALID_VALUE_AUTOMOUNTSERVICEACCOUNTTOKEN.
   */
  R15: pods(
    'a ServiceAccount of its own, no token in it and none in the pod',
    ({ serviceAccountName, serviceAccount, automountServiceAccountToken, volumes = [] }, _, all) =>
      serviceAccount === undefined &&
      !JSON.stringify(volumes).includes('"serviceAccountToken"') &&
      automountServiceAccountToken === false &&
      all.filter(
        (object) =>
          object.kind === 'ServiceAccount' &&
          object.metadata.name === serviceAccountName &&
          object['automountServiceAccountToken'] === false &&
          serviceAccountName !== 'default',
      ).length === 1,
  ),
};
