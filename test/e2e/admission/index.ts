import { Kubectl, until } from '../kubectl';
import { NAMESPACE } from '../environment';
import { fail, Report } from '../report';
import { MUTANTS, type Mutant } from './mutants';
import { fintrackIn, namespaceOf, policiesFor } from './manifests';

const kubectl = new Kubectl(NAMESPACE);
const report = new Report();

/** Whom impersonation needs beside the name, so that it is admission that decides and not the rights of an account that may not be there. */
const RIGHTS = ['--as-group=system:masters', '--as-group=system:authenticated'];

/** What the API server would say to objects, without making them. @param as whom it hears */
async function ask(objects: readonly object[], as: readonly string[] = []): Promise<{ readonly code: number; readonly stderr: string }> {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  return kubectl.try(['create', '--dry-run=server', '--filename=-', ...as], JSON.stringify(list));
}

/** The answer to a mutant. @throws when it is accepted, or refused by somebody else */
async function refused({ object, policy }: Mutant, as: readonly string[] = []): Promise<string> {
  const { code, stderr } = await ask([object], as);
  const [, message] = new RegExp(`ValidatingAdmissionPolicy '${policy}-${NAMESPACE}'.* denied request: (.*)`).exec(stderr) ?? [];
  return message ?? fail(code === 0 ? 'it was accepted' : stderr.trim().slice(0, 300));
}

/** Every admission policy on a real API server, in a namespace of its own; nothing but an empty StatefulSet is made. @returns the exit code */
export async function admission(only: readonly string[]): Promise<number> {
  if (only.length > 0) {
    fail(`e2e admission: ${only.join(', ')} unknown; it has no drills to choose from`);
  }
  const policies = policiesFor(NAMESPACE);
  await kubectl.out(['apply', '--filename=-'], JSON.stringify(namespaceOf(NAMESPACE)));
  await kubectl.out(['apply', '--filename=-'], JSON.stringify(policies));
  try {
    await checks();
  } finally {
    await kubectl.out(['delete', '--ignore-not-found', '--filename=-'], JSON.stringify(policies));
    // Where dist/cluster is applied, its own policy asks for this too.
    await kubectl.out(['annotate', 'namespace', NAMESPACE, `fintrack/allow-delete=${NAMESPACE}`]);
    await kubectl.out(['delete', 'namespace', NAMESPACE]);
  }
  const { serverVersion } = JSON.parse(await kubectl.out(['version', '--output=json'])) as { serverVersion: { gitVersion: string } };
  report.write('admission', `the policies of dist/cluster, asked by server-side dry-run; Kubernetes ${serverVersion.gitVersion}`);
  return report.finish();
}

async function checks(): Promise<void> {
  const [first] = MUTANTS;
  await until('the policies to hold', 60, async () => (first === undefined ? undefined : refused(first)));
  await report.check('what FinTrack is in production is accepted by every policy', async () => {
    const objects = fintrackIn(NAMESPACE);
    const { code, stderr } = await ask(objects);
    return code === 0 ? `${objects.length} objects` : fail(stderr.trim().slice(0, 600));
  });
  for (const mutant of MUTANTS) {
    await report.check(`${mutant.policy} refuses ${mutant.what}`, async () => `"${await refused(mutant)}"`);
  }
  const secret: Mutant = {
    what: 'a Secret from a human',
    policy: 'fintrack-secret-origin',
    object: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'fintrack-extra' } },
  };
  await report.check(`${secret.policy} refuses ${secret.what}, whatever the rights`, async () => `"${await refused(secret)}"`);
  await report.check('it accepts the same Secret from External Secrets', async () => {
    const account = 'external-secrets';
    const groups = ['system:serviceaccounts', `system:serviceaccounts:${account}`].map((group) => `--as-group=${group}`);
    const { code, stderr } = await ask([secret.object], [`--as=system:serviceaccount:${account}:${account}`, ...groups, ...RIGHTS]);
    return code === 0 ? undefined : fail(stderr.trim());
  });
  await report.check('a namespace without the label is left alone', async () => {
    const mutant = MUTANTS.find(({ policy }) => policy === 'fintrack-image-digest') ?? fail('there is no such mutant');
    await kubectl.out(['label', 'namespace', NAMESPACE, 'fintrack/strict-']);
    return until('it to be accepted', 30, async () => (await ask([mutant.object])).code === 0 && 'an image without a digest is accepted');
  });
  await dataCheck();
}

/** Only what exists can be deleted: a StatefulSet without pods. */
async function dataCheck(): Promise<void> {
  const set = fintrackIn(NAMESPACE).find(({ kind }) => kind === 'StatefulSet') ?? fail('there is no StatefulSet');
  const { name } = set.metadata;
  const remove = () => kubectl.try(['delete', 'statefulset', name, '--dry-run=server']);
  await report.check('fintrack-protect-data refuses to delete a StatefulSet until its annotation allows it', async () => {
    await kubectl.out(['create', '--filename=-'], JSON.stringify({ ...set, spec: { ...set['spec'], replicas: 0 } }));
    const { code, stderr } = await remove();
    if (code === 0 || !stderr.includes('it holds data of FinTrack')) {
      fail(code === 0 ? 'it was deleted' : stderr.trim());
    }
    await kubectl.out(['annotate', 'statefulset', name, `fintrack/allow-delete=${name}`]);
    const after = await remove();
    return after.code === 0 ? undefined : fail(after.stderr.trim());
  });
}
