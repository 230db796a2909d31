import { App, Yaml } from 'cdk8s';
import { ClusterPolicies, type Manifest } from '../../lib/charts';
import { find } from '../support/manifests';
import { run } from '../support/run';
import { schemaFindings } from '../support/schema';

const manifests = new ClusterPolicies(new App(), 'policies').toJson() as Manifest[];
const { spec } = find(manifests, 'ValidatingAdmissionPolicy', 'fintrack-protect-data');

test('the policies of a cluster are these', () => {
  expect(Yaml.stringify(...manifests)).toMatchSnapshot();
});

test('the policies of a cluster fit the API of Kubernetes 1.30 and newer', () => {
  expect(manifests.flatMap((manifest) => schemaFindings(manifest, '1.34'))).toEqual([]);
});

describe('the policy fintrack-protect-data', () => {
  /** What a CEL expression says of objects. */
  const evaluate = async (expression: string, context: object): Promise<unknown> => {
    const { code, stdout, stderr } = await run('cel-evaluate', [expression, JSON.stringify(context)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout);
  };
  /** Whether it lets an object be deleted. @param namespaceObject null for what belongs to no namespace */
  const allows = async (oldObject: object, namespaceObject: object | null) => {
    const variables: Record<string, unknown> = {};
    for (const { name, expression } of spec.variables) {
      variables[name] = await evaluate(expression, { oldObject, namespaceObject });
    }
    return evaluate(spec.validations[0].expression, { variables });
  };
  const object = (name: string, annotations?: Record<string, string>) => ({ metadata: { name, ...(annotations && { annotations }) } });
  const allowed = (name: string) => object(name, { 'fintrack/allow-delete': name });
  const namespace = object('fintrack-production');
  const scratch = { name: 'restore-test-1-work', annotations: { 'fintrack/allow-delete': 'with-its-pod' } };
  const ownedBy = (kind: string) => ({ metadata: { ...scratch, ownerReferences: [{ kind, name: 'restore-test-1' }] } });

  test.each<[string, object, object | null, boolean]>([
    ['refuses a volume', object('data-mysql-primary-0'), namespace, false],
    ['refuses one with annotations of others', object('data-mysql-primary-0', { other: 'data-mysql-primary-0' }), namespace, false],
    ['refuses one that was allowed under another name', object('mysql', { 'fintrack/allow-delete': 'redis' }), namespace, false],
    ['allows one that was allowed', allowed('data-mysql-primary-0'), namespace, true],
    ['allows a claim that goes with its pod', ownedBy('Pod'), namespace, true],
    ['refuses one with that annotation which is no pod’s', { metadata: scratch }, namespace, false],
    ['refuses one with that annotation which is another owner’s', ownedBy('StatefulSet'), namespace, false],
    ['refuses a claim of a pod without that annotation', { metadata: { ...ownedBy('Pod').metadata, annotations: {} } }, namespace, false],
    ['refuses the namespace', namespace, null, false],
    ['allows the namespace that was allowed', allowed('fintrack-production'), null, true],
    ['allows what is in a namespace that was allowed', object('data-mysql-primary-0'), allowed('fintrack-production'), true],
    [
      'refuses what is in a namespace with annotations of others',
      object('mysql-primary'),
      object('fintrack-production', { other: '' }),
      false,
    ],
  ])('%s', async (_, oldObject, namespaceObject, answer) => {
    expect(await allows(oldObject, namespaceObject)).toBe(answer);
  });

  test('says what to do', async () => {
    expect(await evaluate(spec.validations[0].messageExpression, { oldObject: object('mysql-primary') })).toBe(
      'it holds data of FinTrack; to delete it after all, annotate it first: fintrack/allow-delete=mysql-primary',
    );
  });

  test('holds in namespaces with the label only', () => {
    const { spec: binding } = find(manifests, 'ValidatingAdmissionPolicyBinding', 'fintrack-protect-data');
    expect(binding).toEqual({
      policyName: 'fintrack-protect-data',
      validationActions: ['Deny'],
      matchResources: { namespaceSelector: { matchLabels: { 'fintrack/protect-data': 'true' } } },
    });
  });
});
