import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DOCKER_FOLDER, DockerFiles } from '../../../lib/docker/docker-files';
import type { Environment } from '../../../lib/environments';
import { pause, type Drill } from '../drill';
import { until } from '../kubectl';
import { fail } from '../report';
import { DRILL, type WebCluster } from './cluster';

/** Seconds that a broken release is left alone: enough for its pods to be tried, and to fail. */
const BROKEN = 45;

/** Releases that cannot work. */
export const RELEASES: Readonly<Record<string, Drill<WebCluster>>> = {
  image: broken('an image that does not exist', {
    release: { ...DRILL.release, php: 'fintrack-php:missing', nginx: 'fintrack-nginx:missing' },
  }),
  // Pages of the new build would name files that no nginx has.
  half: broken('an image of nginx that does not exist beside one of PHP that does', {
    release: { ...DRILL.release, version: 'next', php: 'fintrack-php:next', nginx: 'fintrack-nginx:missing' },
  }),
  nginx: broken('an nginx.conf that nginx refuses', {}, { 'nginx/nginx.conf': (text) => text.replace('sendfile on;', 'sendfile maybe;') }),
  pool: broken('a www.conf that PHP-FPM refuses', {}, { 'php/www.conf': (text) => text.replace('clear_env = no', 'clear_env = perhaps') }),
  ini: broken('a php.ini that PHP-FPM cannot start with', {}, { 'php/php.ini': (text) => `${text}\nopcache.preload = /missing.php\n` }),
  turn: {
    promise: 'a release while the migration of another runs, under load: its own waits for the end of that one, says so, and then runs',
    run: async (web) => {
      const load = await web.startLoad();
      // What such a migration holds, for as long as one of many rows takes.
      const other = statements(web, "SELECT GET_LOCK('fintrack_migration', 10)", 'SELECT SLEEP(40)');
      const began = Date.now();
      await web.release({}, release('whose migration waits'));
      const said = await until('its migration to wait', 35, async () => {
        const { stdout } = await web.kubectl.try([
          'logs',
          '--selector=app.kubernetes.io/instance=migration',
          '--container=migration',
          '--tail=-1',
        ]);
        return /another migration runs.*/.exec(stdout)?.[0];
      });
      await other;
      const held = Date.now() - began;
      await web.rolledOut();
      const migrated = Date.now() - began;
      await web.release();
      await web.rolledOut();
      return `“${said}”; the other held it for ${(held / 1000).toFixed(0)} s, the release was there ${((migrated - held) / 1000).toFixed(0)} s later; ${await web.finish(load)}`;
    },
  },
  migration: {
    promise:
      'a release whose migration fails, under load: the last release serves every request, and says why; the next release goes through',
    run: async (web) => {
      const load = await web.startLoad();
      await breakMigration(web);
      const before = await web.podsOf('php');
      await web.release({}, release('that fails'));
      const why = await until('the migration to fail', 120, () => migrationSays(web));
      await pause(BROKEN);
      const waiting = (await web.podsOf('php')).filter((pod) => !before.includes(pod));
      const serving = await web.podsOf('php');
      await mendMigration(web);
      await web.release({}, release('that follows'));
      await web.rolledOut();
      await web.release();
      await web.rolledOut();
      const detail = `${why}; meanwhile ${before.filter((pod) => serving.includes(pod)).length} pods of the last release served and ${waiting.length} waited; ${await web.finish(load)}`;
      return waiting.length > 0 ? detail : fail(detail);
    },
  },
};

/** Makes the migration of the demo pending, and a table of its own one that it knows not all of. */
export async function breakMigration(web: WebCluster): Promise<void> {
  await statements(
    web,
    'DELETE FROM migrations WHERE migration LIKE "%create_transactions"',
    'ALTER TABLE migration_runs ADD COLUMN unknown INT NOT NULL',
  );
}

/** Takes that back. */
export async function mendMigration(web: WebCluster): Promise<void> {
  await statements(
    web,
    'ALTER TABLE migration_runs DROP COLUMN unknown',
    'INSERT INTO migrations (migration, batch) VALUES ("2026_01_01_000000_create_transactions", 1)',
  );
}

const statements = (web: WebCluster, ...sql: string[]) => web.sql(DRILL.mysql.primary, ['USE financial_tracker', ...sql].join(';\n'));

/** A release in which only a comment differs, and so the migration Job, which mounts the file. */
export const release = (name: string) => changedFiles({ 'php/php.ini': (text) => `${text}; the release ${name}\n` });

/** A release that cannot start, and the way back. @param changes to files of docker/ @default - none */
function broken(
  what: string,
  changes: Partial<Environment>,
  files: Readonly<Record<string, (text: string) => string>> = {},
): Drill<WebCluster> {
  return {
    promise: `${what}, under load: the last release serves every request, the rollout stops and says why, and applying the last manifests mends it`,
    run: async (web) => {
      const load = await web.startLoad();
      await web.release(changes, changedFiles(files));
      const why = await until('the rollout to say why', 120, () => complaint(web));
      await pause(BROKEN);
      await web.release();
      await web.rolledOut();
      // The migration of the broken release is left, and waits for its image.
      await web.kubectl.out(['delete', 'jobs', '--field-selector=status.successful=0']);
      return `${why}; ${await web.finish(load)}`;
    },
  };
}

/** Why a pod of the web tier does not start, as kubectl shows it. */
async function complaint(web: WebCluster): Promise<string | undefined> {
  const pods = await web.kubectl.list('pods', 'app.kubernetes.io/instance in (nginx, php)');
  for (const { metadata, status } of pods) {
    const states: { name: string; state: { waiting?: { reason: string } }; lastState?: { terminated?: unknown } }[] = [
      ...(status.initContainerStatuses ?? []),
      ...(status.containerStatuses ?? []),
    ];
    const stuck = states.find(({ state }) => /ErrImage|ImagePullBackOff|CrashLoopBackOff/.test(state.waiting?.reason ?? ''));
    if (stuck) {
      const { stdout } = await web.kubectl.try(['logs', metadata.name, `--container=${stuck.name}`, '--previous', '--tail=1']);
      return `${metadata.name.replace(/-.*/, '')}: ${stuck.state.waiting?.reason ?? ''} ${stdout.trim()}`.trim();
    }
  }
  return undefined;
}

/** What the failed migration of a release printed last. */
async function migrationSays(web: WebCluster): Promise<string | undefined> {
  const jobs = await web.kubectl.list('jobs');
  const failed = jobs.find(({ status }) => (status.failed ?? 0) > 0);
  if (failed === undefined) {
    return undefined;
  }
  const log = await web.kubectl.out(['logs', `job/${failed.metadata.name}`, '--container=migration', '--tail=30']);
  return /SQLSTATE[^(]*/.exec(log)?.[0].trim() ?? fail(`the log of the migration does not say why: ${log}`);
}

/** The files of docker/ with changes. @throws when a change leaves its file as it was */
export function changedFiles(changes: Readonly<Record<string, (text: string) => string>>): DockerFiles {
  const folder = mkdtempSync(join(tmpdir(), 'fintrack-docker-'));
  cpSync(DOCKER_FOLDER, folder, { recursive: true });
  for (const [file, change] of Object.entries(changes)) {
    const before = readFileSync(join(folder, file), 'utf8');
    const after = change(before);
    if (after === before) {
      fail(`the change leaves docker/${file} as it was`);
    }
    writeFileSync(join(folder, file), after);
  }
  return new DockerFiles(folder);
}
