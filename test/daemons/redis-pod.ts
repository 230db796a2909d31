import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../support/folders';
import { childrenOf, processOf, startDaemon, temporaryFolder, type Daemon } from './daemon';

const USER = 10004;
const USERS = ['app', 'replication', 'sentinel', 'exporter', 'probe', 'operator'] as const;
/** Whoever has a password. */
export type User = (typeof USERS)[number];
/** One that needs quotes wherever it passes, and another for each user. */
export const passwordOf = (user: User): string => `${user}: it's "quoted" \\ and\\\\ $HOME \`id\``;
/** Where docker/redis lies in a pod. */
export const FILES = '/etc/fintrack/redis';

/**
 * Makes what a pod has, so that the scripts run unchanged: its own mounts and processes, in which the command is process 1, and
 * BusyBox's programs before all others, as in the image. Arguments: a folder with `data`, `secrets` and an empty `root`, the files of
 * docker/redis, the user, the address to listen at or nothing for all of them, the command.
 */
const POD = `
  set -eu
  folder=$1 files=$2 user=$3 address=$4; shift 4
  root=$folder/root
  mount -t tmpfs tmpfs "$root"
  for entry in /*; do
    case $entry in /data | /etc | /proc | /run) continue ;; esac
    if [ -L "$entry" ]; then cp -P "$entry" "$root/"; continue; fi
    [ -d "$entry" ] || continue
    mkdir "$root$entry"
    mount --rbind "$entry" "$root$entry"
  done
  cp -a /etc "$root/"
  mkdir -p "$root/applets" "$root/data" "$root/proc" "$root/run/secrets/redis" "$root/run/haproxy" "$root${FILES}"
  chown "$user:$user" "$root/run/haproxy"
  busybox --install -s "$root/applets"
  mount -t proc proc "$root/proc"
  mount --bind "$folder/data" "$root/data"
  mount --bind "$folder/secrets" "$root/run/secrets/redis"
  cp "$files"/* "$root${FILES}"
  if [ -n "$address" ]; then
    sed -i "s/^bind .*/bind $address/; s/^\\( *bind\\) :/\\1 $address:/" "$root${FILES}"/*.conf "$root${FILES}"/*.cfg
    # Where a script asks its own pod.
    printf '#!/applets/sh\\nexec /usr/bin/redis-cli -h %s "$@"\\n' "$address" >"$root/applets/redis-cli"
    chmod 755 "$root/applets/redis-cli"
    cat "$folder/../hosts" >"$root/etc/hosts"
    printf 'search test\\nnameserver 127.0.0.1\\n' >"$root/etc/resolv.conf"
  fi
  PATH=/applets:$PATH
  exec chroot --userspec="$user:$user" --groups= "$root" "$@"
`;

/** A pod of Redis, and the folder that outlives it. */
export interface Pod {
  readonly folder: string;
  readonly daemon: Daemon;
}

/** What a pod finds: an empty volume and passwords. @param folder where @default - a temporary folder */
export function emptyPod(folder = temporaryFolder()): string {
  for (const part of ['data', 'secrets', 'root']) mkdirSync(join(folder, part), { recursive: true });
  chownSync(join(folder, 'data'), USER, USER);
  for (const user of USERS) changePassword(folder, user, passwordOf(user));
  return folder;
}

/** Gives a pod another password for a user, as a changed Secret would. */
export function changePassword(folder: string, user: User, password: string): void {
  writeFileSync(join(folder, `secrets/${user}-password`), password);
}

/** How a pod takes part in a set. */
export interface Membership {
  /** Process whose network it shares. */
  readonly network: number;
  readonly address: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a pod with a command. @param membership its network @default - a network of its own */
export function startPod(folder: string, command: readonly string[], membership?: Membership): Pod {
  const network = membership ? ['nsenter', `--target=${membership.network}`, '--net'] : [];
  const isolated = ['unshare', '--mount', ...(membership ? [] : ['--net']), '--pid', '--fork', '--kill-child'];
  const prepare = membership ? POD : POD.replace('PATH=/applets', 'busybox ip link set lo up\n  PATH=/applets');
  const argv = [...network, ...isolated, 'bash', '-c', prepare, 'pod', folder, join(REPOSITORY, 'docker/redis'), String(USER)];
  return { folder, daemon: startDaemon([...argv, membership?.address ?? '', ...command], { env: membership?.env ?? {} }) };
}

/** Processes that process 1 has not collected. */
export const leftIn = ({ daemon }: Pod): number[] => childrenOf(processOf(daemon) ?? 0);

/** Runs a command in the pod, as `kubectl exec` would. @param input its standard input */
export function inside(pod: Pod, argv: readonly string[], input = ''): { code: number | null; text: string } {
  const namespaces = ['--mount', '--net', '--pid', '--root', '--wd=/', `--setuid=${USER}`, `--setgid=${USER}`];
  const { status, stdout, stderr } = spawnSync('nsenter', [`--target=${processOf(pod.daemon) ?? ''}`, ...namespaces, ...argv], {
    encoding: 'utf8',
    input,
    env: { PATH: `/applets:${process.env['PATH'] ?? ''}` },
  });
  return { code: status, text: `${stdout}${stderr}`.trim() };
}
