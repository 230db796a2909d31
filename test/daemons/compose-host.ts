import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DOCKER, load, mountsOf } from '../docker/compose';
import { ended, startDaemon, temporaryFolder, waitUntil, type Daemon } from './daemon';

/**
 * Makes what a container of docker-compose.prod.yml has: its files, its secrets, its volumes and its user, on a network where every
 * service is this one address. All else is this machine's. Arguments: a folder with what is below /etc and /run, the user, lines of
 * volume and place, the command.
 */
const CONTAINER = `
  set -eu
  folder=$1 user=$2 volumes=$3; shift 3
  mkdir "$folder/root"
  mount -t tmpfs -o mode=755 tmpfs "$folder/root"
  cd "$folder/root"
  mkdir etc run spool
  cp -a /etc/. etc/
  rm -rf etc/mysql etc/my.cnf
  mkdir -p etc/mysql/conf.d
  cp -a "$folder/etc/." etc/
  cp -a "$folder/run/." run/
  echo '!includedir /etc/mysql/conf.d/' >etc/my.cnf
  echo '127.0.0.1 localhost mysql' >etc/hosts
  mkdir -p run/mysqld run/backup
  chown "$user:$user" run/mysqld run/backup
  for place in /etc /run; do mount --rbind ".$place" "$place"; done
  echo "$volumes" | while read -r volume place; do
    [ "$place" != /var/lib/mysql ] || { mount -t tmpfs -o mode=755 tmpfs /var/lib; mkdir /var/lib/mysql; }
    [ "$place" != /spool ] || mkdir -p /spool
    mount --bind "$volume" "$place"
  done
  mount -t proc proc /proc
  exec setpriv --reuid "$user" --regid "$user" --clear-groups "$@"
`;

/** What a container has besides what the file gives it. */
export interface Added {
  readonly environment?: Readonly<Record<string, string>>;
  /** Sources of files, by their places below /etc or /run. */
  readonly files?: Readonly<Record<string, string>>;
}

/** One host on which services of docker-compose.prod.yml are started, each with exactly what the file gives it. */
export class ComposeHost {
  private readonly folder = temporaryFolder();
  private readonly network = startDaemon(['unshare', '--net', 'bash', '-c', 'busybox ip link set lo up; echo up; exec sleep infinity']);

  /** @param settings what .env.production says other than its example @param secret value of a file of docker/secrets */
  constructor(
    readonly settings: Record<string, string>,
    private readonly secret: (file: string) => string,
  ) {}

  /** An empty folder that every user may write into, as the places of volumes are in the images. */
  emptyFolder(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o1777);
    return path;
  }

  /** Starts a service. @param command in place of the one that the file has */
  async start(name: string, command?: readonly string[], added: Added = {}): Promise<Daemon> {
    await waitUntil('a network is there', 10, () => this.network.output().includes('up'));
    const { prod } = load(this.settings);
    const service = prod.services[name];
    if (service === undefined) throw new Error(`docker-compose.prod.yml has no service ${name}`);
    const container = this.emptyFolder(`containers/${name}-${Date.now()}`);
    const put = (place: string, into: (path: string) => void) => {
      const path = join(container, place.replace(/^\/var\/run/, '/run'));
      mkdirSync(dirname(path), { recursive: true });
      into(path);
    };
    for (const part of ['etc', 'run']) mkdirSync(join(container, part));
    for (const { source, target } of service.secrets ?? []) {
      const file = prod.secrets?.[source]?.file ?? '';
      put(target, (path) => writeFileSync(path, `${this.secret(file.replace('./secrets/', ''))}\n`));
    }
    for (const { source, target } of service.configs ?? [])
      put(target, (path) => writeFileSync(path, prod.configs?.[source]?.content ?? ''));
    for (const [place, source] of Object.entries(added.files ?? {})) put(place, (path) => copyFileSync(source, path));
    const volumes: string[] = [];
    for (const [source, target] of mountsOf(service)) {
      if (source.startsWith('./')) put(target, (path) => copyFileSync(join(DOCKER, source), path));
      else if (target === '') volumes.push(`${this.emptyFolder(`${container.slice(this.folder.length)}-volume`)} ${source}`);
      else volumes.push(`${this.emptyFolder(prod.volumes?.[source]?.name ?? source)} ${target}`);
    }
    const [user = ''] = (service.user ?? '').split(':');
    const isolated = [`--target=${this.network.child.pid ?? 0}`, '--net', 'unshare', '--mount', '--pid', '--fork', '--kill-child'];
    const argv = ['nsenter', ...isolated, 'bash', '-c', CONTAINER, name, container, user, volumes.join('\n')];
    return startDaemon([...argv, ...(service.entrypoint ?? []), ...(command ?? service.command ?? [])], {
      onlyEnv: {
        PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
        HOSTNAME: service.hostname ?? name,
        ...service.environment,
        ...added.environment,
      },
    });
  }

  /** Runs a service to its end. @returns what it said @throws with that where it did not end well */
  async run(name: string, command?: readonly string[], added?: Added): Promise<string> {
    const daemon = await this.start(name, command, added);
    const code = await ended(daemon);
    if (code !== 0) throw new Error(`${name} ended with ${String(code)}: ${daemon.output()}`);
    return daemon.output();
  }
}
