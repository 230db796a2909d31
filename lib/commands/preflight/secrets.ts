import { credentialsFor } from '../../charts';
import { secretNamesOf } from '../../components/secrets';
import type { Environment } from '../../environments';
import { read, readJson } from '../kubectl';
import { isTrue, ofKind, row, unique, type Check, type Row, type Subject } from './check';

/** Prints the keys that have a value. The values stay where they are: kubectl runs the template, and this process sees its output only. */
const KEYS = '{{range $key, $value := .data}}{{if $value}}{{$key}}{{"\\n"}}{{end}}{{end}}';

/** Keys of a Secret that have a value. @returns nothing where there is no such Secret */
export async function keysOf(namespace: string, secret: string): Promise<readonly string[] | undefined> {
  const keys = await read(['--namespace', namespace, 'get', 'secret', secret, `--output=go-template=${KEYS}`]);
  return keys?.split('\n').filter(Boolean);
}

/** The Secrets that the pods read are there, with every key; or what will make them is ready. */
export const secrets: Check = async ({ environment, manifests }) => {
  const credentials = credentialsFor(environment);
  const own = await Promise.all(
    secretNamesOf(credentials).map(async (secret) => {
      const wanted = credentials.filter((credential) => credential.secret === secret).map(({ key }) => key);
      const keys = await keysOf(environment.namespace, secret);
      const missing = wanted.filter((key) => !keys?.includes(key));
      const found = keys === undefined ? 'there is none' : missing.length > 0 ? `without ${missing.join(', ')}` : `${wanted.length} keys`;
      return missing.length === 0 ? row(`Secret ${secret}`, found) : await maker(environment, secret, found);
    }),
  );
  return [...own, ...(await stores({ environment, manifests }))];
};

/** What to do about a Secret that is missing or lacks a key. */
async function maker({ name, namespace, secrets: { source } }: Environment, secret: string, found: string): Promise<Row> {
  const check = `Secret ${secret}`;
  switch (source) {
    case 'existing':
      return row(check, found, `npm run --silent secrets -- ${name} | kubectl create -f -`);
    case 'sealed-secrets':
      return row(check, found, `apply the file of kubeseal; then: kubectl -n ${namespace} describe sealedsecret ${secret}`);
    case 'external-secrets': {
      const there =
        (await read(['--namespace', namespace, 'get', 'externalsecrets.external-secrets.io', secret, '--output=name'])) !== undefined;
      return there
        ? row(check, found, `kubectl -n ${namespace} describe externalsecret ${secret}`)
        : row(check, `${found}; External Secrets makes it once dist/${name} is applied`);
    }
  }
}

/** The store that the ExternalSecrets read is ready, or comes with the manifests. */
function stores({ environment: { name, namespace }, manifests }: Subject): Promise<Row[]> {
  const titles = ofKind(manifests, 'ExternalSecret').map(({ spec }) => `${spec.secretStoreRef.kind} ${spec.secretStoreRef.name}`);
  return Promise.all(
    unique(titles).map(async (title) => {
      const [kind = '', store = ''] = title.split(' ');
      const scope = kind === 'ClusterSecretStore' ? [] : ['--namespace', namespace];
      const found = await readJson([...scope, 'get', `${kind.toLowerCase()}s.external-secrets.io`, store]);
      const ours = ofKind(manifests, kind).some(({ metadata }) => metadata.name === store);
      return found === undefined && ours
        ? row(title, `comes with dist/${name}`)
        : row(
            title,
            isTrue(found, 'Ready') ? 'ready' : found ? 'not ready' : 'there is none',
            !isTrue(found, 'Ready') && `kubectl ${[...scope, 'describe', kind.toLowerCase(), store].join(' ')}`,
          );
    }),
  );
}
