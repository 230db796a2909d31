import { containersOf, type Owner } from './manifests';

/** Volume types that the profile `restricted` allows (kubernetes.io/docs/concepts/security/pod-security-standards). */
const VOLUMES = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'];
const SECCOMP = ['RuntimeDefault', 'Localhost'];
const SYSCTLS = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_syncookies',
];

/**
 * What Pod Security `restricted` refuses in a pod, one line each. Written from the standard and not from `lib/`, so that
 * it can contradict it; Linux only, and without the fields that no pod of FinTrack may have a reason for.
 */
export function restrictedFindings(owner: Owner): string[] {
  const { spec, title } = owner;
  const pod = spec.securityContext ?? {};
  const findings: string[] = [];
  const require = (right: boolean, finding: string) => {
    if (!right) findings.push(`${title}: ${finding}`);
  };

  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) {
    require(!spec[field], `${field} is set`);
  }
  for (const { name, ...source } of spec.volumes ?? []) {
    require(Object.keys(source).every((type) => VOLUMES.includes(type)), `volume ${name} is a ${Object.keys(source).join()}`);
  }
  for (const { name } of pod.sysctls ?? []) {
    require(SYSCTLS.includes(name), `sysctl ${name} is set`);
  }
  require(pod.runAsUser !== 0, 'runAsUser is 0');

  for (const container of containersOf(owner)) {
    const own = container.securityContext ?? {};
    const say = (right: boolean, finding: string) => require(right, `${container.name}: ${finding}`);
    say(own.privileged !== true, 'privileged is true');
    say(own.allowPrivilegeEscalation === false, 'allowPrivilegeEscalation is not false');
    say((own.runAsNonRoot ?? pod.runAsNonRoot) === true, 'runAsNonRoot is not true');
    say(own.runAsUser !== 0, 'runAsUser is 0');
    say(SECCOMP.includes((own.seccompProfile ?? pod.seccompProfile)?.type), 'seccompProfile is neither RuntimeDefault nor Localhost');
    say((own.capabilities?.drop ?? []).includes('ALL'), 'capabilities are not dropped');
    say(
      (own.capabilities?.add ?? []).every((capability: string) => capability === 'NET_BIND_SERVICE'),
      'capabilities are added',
    );
    say((own.procMount ?? 'Default') === 'Default', 'procMount is not Default');
    say(own.seLinuxOptions === undefined && pod.seLinuxOptions === undefined, 'seLinuxOptions are set');
    say(!(container.ports ?? []).some((port: { hostPort?: number }) => port.hostPort), 'a port is opened on the node');
  }
  return findings;
}
