import { read, readJson, readPath, type Live } from '../kubectl';
import { credentialsFor } from '../secrets';
import { isTrue, row, unique, type Check, type Row } from './check';

/** Prints the keys that have a value. The values stay where they are: kubectl runs the template, and this process sees its output only. */
const KEYS = '{{range $key, $value := .data}}{{if $value}}{{$key}}{{"\\n"}}{{end}}{{end}}';

/** Keys of a Secret that have a value. @returns nothing where there is no such Secret */
export async function keysOf(namespace: string, secret: string): Promise<readonly string[] | undefined> {
  const keys = await read(['--namespace', namespace, 'get', 'secret', secret, `--output=go-template=${KEYS}`]);
  return keys?.split('\n').filter(Boolean);
}

/** The Secrets that the pods read are there, with every key; where External Secrets makes them, what it says of those that are not. */
export const secrets: Check = async ({ environment }) => {
  const { name, namespace } = environment;
  const credentials = credentialsFor(environment);
  const makers = environment.secrets.source === 'external' ? await externalSecretsIn(namespace) : [];
  const own = await Promise.all(
    unique(credentials.map(({ secret }) => secret)).map(async (secret) => {
      const wanted = credentials.filter((credential) => credential.secret === secret).map(({ key }) => key);
      const keys = await keysOf(namespace, secret);
      const missing = wanted.filter((key) => !keys?.includes(key));
      const maker = makers.find(({ metadata, spec }) => (spec.target?.name ?? metadata.name) === secret);
      return row(
        `Secret ${secret}`,
        keys === undefined ? 'there is none' : missing.length > 0 ? `without ${missing.join(', ')}` : `${wanted.length} keys`,
        missing.length > 0 &&
          (maker
            ? `kubectl -n ${namespace} describe externalsecret ${maker.metadata.name}`
            : environment.secrets.source === 'generated'
              ? `npm run --silent secrets -- ${name} | kubectl create -f -`
              : `put it there: npm run --silent secrets -- ${name} lists the keys`),
      );
    }),
  );
  return [...own, ...(await stores(namespace, makers))];
};

/** ExternalSecrets of a namespace; none where the cluster does not know them. */
async function externalSecretsIn(namespace: string): Promise<Live[]> {
  const served = await readPath('/apis/external-secrets.io/v1');
  return served ? ((await readJson(['--namespace', namespace, 'get', 'externalsecrets.external-secrets.io']))?.items ?? []) : [];
}

/** The stores that ExternalSecrets read are ready. */
async function stores(namespace: string, makers: readonly Live[]): Promise<Row[]> {
  const references: string[] = makers.flatMap(({ spec }) =>
    spec.secretStoreRef ? [`${spec.secretStoreRef.kind ?? 'SecretStore'} ${spec.secretStoreRef.name}`] : [],
  );
  return Promise.all(
    unique(references).map(async (title) => {
      const [kind = '', store = ''] = title.split(' ');
      const scope = kind === 'ClusterSecretStore' ? [] : ['--namespace', namespace];
      const found = await readJson([...scope, 'get', `${kind.toLowerCase()}s.external-secrets.io`, store]);
      return row(
        title,
        isTrue(found, 'Ready') ? 'ready' : found ? 'not ready' : 'there is none',
        !isTrue(found, 'Ready') && `kubectl ${[...scope, 'describe', kind.toLowerCase(), store].join(' ')}`,
      );
    }),
  );
}
