import { credentialsFor } from '../../../lib/charts';
import { DECIDED } from '../../../lib/components/php';
import { laravelSettings } from '../../../lib/components/php/laravel-settings';
import { local } from '../../../lib/environments/local';
import { find, manifestsFor } from '../../support/manifests';
import { props } from './sample';

const OPEN = ['APP_NAME', 'LOG_LEVEL'];

test('settings of the application stand beside those of the environment, and replace only what nothing relies on', () => {
  const settings = { MAIL_HOST: 'smtp.example.com', LOG_LEVEL: 'warning' };
  const manifests = manifestsFor({ ...local, php: { ...local.php, settings } });
  const [file = ''] = manifests.flatMap(({ kind, ...rest }) =>
    kind === 'ConfigMap' ? ((rest as { data?: Record<string, string> }).data?.['laravel.env'] ?? []) : [],
  );
  expect(file).toContain("MAIL_HOST='smtp.example.com'\n");
  expect(file.match(/^LOG_LEVEL=.*$/gm)).toEqual(["LOG_LEVEL='warning'"]);
  expect(file).toContain("DB_HOST='mysql'\n");
});

test('whatever follows from an environment is refused as a setting of the application', () => {
  const encrypted = { ...props, assetUrl: 'https://cdn.test', database: { ...props.database, tls: { verified: false } } };
  const names = [...Object.keys(laravelSettings(props)), ...Object.keys(laravelSettings(encrypted))];
  const secrets = ['APP_KEY', 'APP_PREVIOUS_KEYS', 'DB_PASSWORD', 'REDIS_PASSWORD'];
  expect([...names, ...secrets].filter((name) => !OPEN.includes(name) && !DECIDED.test(name))).toEqual([]);
  expect([...OPEN, 'MAIL_HOST', 'AWS_BUCKET', 'SESSION_LIFETIME', 'QUEUE_FAILED_DRIVER'].filter((name) => DECIDED.test(name))).toEqual([]);
});

test('secrets of the application are files by the name that Laravel knows, in every container with its code, and keys of its Secret', () => {
  const environment = { ...local, php: { ...local.php, secrets: ['MAIL_PASSWORD'] } };
  expect(credentialsFor(environment)).toContainEqual(expect.objectContaining({ secret: 'fintrack-app', key: 'mail-password' }));
  const manifests = manifestsFor(environment);
  for (const name of ['php', 'queue-worker-default', 'scheduler']) {
    const volumes = JSON.stringify(find(manifests, 'Deployment', name)['spec'].template.spec.volumes);
    expect(volumes).toContain('{"key":"mail-password","path":"MAIL_PASSWORD"}');
  }
});
