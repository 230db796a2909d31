import { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { Cpu } from '../../../imports/k8s';
import type { DockerFiles } from '../../docker/docker-files';
import { settingIn } from '../../docker/settings';
import { HashedConfig } from '../../kubernetes/hashed-config';
import { labelsFor, type Identity } from '../../kubernetes/labels';
import type { Container } from '../../kubernetes/pod';
import { amountOf } from '../../kubernetes/resources';
import { emptyFolder, secretFiles, type Mount, type SecretFile } from '../../kubernetes/volumes';
import { AUTHORITIES_FOLDER } from '../certificates';
import { CREDENTIALS, fileOf } from '../secrets';
import { laravelSettings, settingsFile } from './laravel-settings';
import { ownSecretsOf } from './own';
import type { PhpProps } from './php';
import { tracingVariables } from './tracing';

/** User and group of every container with the application's code. */
export const PHP_USER = 10002;

/** What every workload of the application does without. */
export const APPLICATION_EXEMPT = { R22: 'SECRETS_DIR names a folder, the one with the files' };

/** Where every container of the application has php.ini. */
export const PHP_INI_FOLDER = '/usr/local/etc/php/fintrack';

/** MiB that one process may take, by php.ini; Infinity where that is unlimited. @default 128, PHP's own */
export function memoryLimitIn(files: DockerFiles): number {
  const value = settingIn(files, 'php/php.ini', 'memory_limit')?.value ?? '128M';
  // PHP takes bytes and units of 1024; -1 is no limit, and so is what is no amount.
  return amountOf(value.toUpperCase().replace(/[KMG]$/, '$&i')) / 2 ** 20 || Infinity;
}

/** What differs between the containers of the application. */
export interface ApplicationContainer extends Omit<Container, 'image' | 'args' | 'command' | 'mounts' | 'env'> {
  /** What runs once the configuration cache is made. */
  readonly run: string[];
  /** @default - only what every container has */
  readonly env?: Readonly<Record<string, string>>;
  /** Size of /tmp. @default 64 MiB */
  readonly temporary?: Size;
  /** With `migrating`, reads go where writes go. @default serving */
  readonly settings?: 'serving' | 'migrating';
}

const SERVING = 'laravel.env';
const MIGRATING = 'migration.env';

/** What every container of the application shares: image, settings, secrets, php.ini and the folders it may write to. */
export class Application extends Construct {
  readonly version: string;
  /** Memory of a container that runs one command of the application: twice php.ini's `memory_limit`, 384 MiB at least. */
  readonly commandMemory: Size;
  private readonly image: string;
  private readonly tracing: Readonly<Record<string, string>>;
  private readonly settings: HashedConfig;
  private readonly php: HashedConfig;
  private readonly fpm: HashedConfig;
  private readonly ownSecrets: readonly SecretFile[];
  private readonly authorities: readonly SecretFile[];

  constructor(scope: Construct, id: string, props: PhpProps) {
    super(scope, id);
    this.version = props.version;
    this.image = props.image;
    this.tracing = tracingVariables(props.tracing, props.environment);
    const limit = memoryLimitIn(props.files);
    // Without a limit a rule has refused it.
    this.commandMemory = Size.mebibytes(Math.max(384, Number.isFinite(limit) ? Math.ceil(limit / 64) * 128 : 0));
    this.ownSecrets = ownSecretsOf(props).map(({ name, credential }) => fileOf(credential, name));
    this.authorities = [props.database, props.redis, props.cache].flatMap(({ tls }) => tls?.authority ?? []);
    const labels = labelsFor(identityOf('php', 'application'));
    const settings = { ...laravelSettings(props), ...props.settings };
    this.settings = new HashedConfig(this, 'laravel', {
      labels,
      files: {
        [SERVING]: settingsFile(settings),
        // `migrate` looks for its table on the read host: a replica that lags has none yet, and it would be created twice.
        [MIGRATING]: settingsFile({ ...settings, DB_READ_HOST: settings.DB_HOST }),
      },
    });
    this.php = new HashedConfig(this, 'php', { labels, files: props.files.data('php/php.ini') });
    // Apart from php.ini, so that a change of the pool restarts no worker and runs no migration.
    this.fpm = new HashedConfig(this, 'php-fpm', { labels, files: props.files.data('php/www.conf') });
  }

  /** A container that makes its configuration cache and then runs a command. */
  container({ run, temporary, env, settings, ...rest }: ApplicationContainer): Container {
    return {
      ...rest,
      image: this.image,
      command: ['entrypoint', ...run],
      env: {
        SETTINGS_FILE: `/run/settings/${settings === 'migrating' ? MIGRATING : SERVING}`,
        SECRETS_DIR: '/run/secrets/app',
        // After the image's own folder, which switches its extensions on.
        PHP_INI_SCAN_DIR: `/usr/local/etc/php/conf.d:${PHP_INI_FOLDER}`,
        ...(settings === 'migrating' ? {} : this.tracing),
        ...env,
      },
      mounts: [...this.mounts(), emptyFolder('tmp', '/tmp', temporary ?? Size.mebibytes(64))],
    };
  }

  /** A container that ends when what the others need is there. */
  waitFor(...what: ('database' | 'migrations' | 'assets')[]): Container {
    return this.container({
      name: `wait-for-${what.join('-and-')}`,
      run: ['wait-for', ...what],
      settings: 'migrating',
      resources: { cpu: Cpu.millis(100), cpuLimit: Cpu.millis(1000), memory: Size.mebibytes(192), disk: Size.mebibytes(128) },
    });
  }

  /** The pool as the only file of PHP-FPM's folder. */
  get pool(): Mount {
    return this.fpm.at('/usr/local/etc/php-fpm.d');
  }

  private mounts(): Mount[] {
    return [
      this.settings.at('/run/settings'),
      secretFiles('/run/secrets/app', [
        fileOf(CREDENTIALS.appKey, 'APP_KEY'),
        fileOf(CREDENTIALS.appPreviousKeys, 'APP_PREVIOUS_KEYS'),
        fileOf(CREDENTIALS.mysqlApp, 'DB_PASSWORD'),
        fileOf(CREDENTIALS.redisApp, 'REDIS_PASSWORD'),
        ...this.ownSecrets,
      ]),
      ...(this.authorities.length > 0 ? [secretFiles(AUTHORITIES_FOLDER, this.authorities, 'authorities')] : []),
      this.php.at(PHP_INI_FOLDER),
      // In memory, because the configuration cache holds secrets.
      emptyFolder('cache', '/var/www/html/bootstrap/cache', Size.mebibytes(64), 'memory'),
    ];
  }
}

/** Who a workload of the application is. */
export function identityOf(instance: string, role: string): Identity {
  return { name: 'php', instance, role };
}
