import { componentSelector, instanceSelector, labelsFor, selectorFor } from '../../lib/kubernetes/labels';

const worker = { name: 'php', instance: 'queue-worker', role: 'worker' };

describe('labels', () => {
  test('say component, workload and role in the words that Kubernetes recommends', () => {
    expect(labelsFor(worker)).toEqual({
      'app.kubernetes.io/name': 'php',
      'app.kubernetes.io/instance': 'queue-worker',
      'app.kubernetes.io/component': 'worker',
      'app.kubernetes.io/part-of': 'fintrack',
      'app.kubernetes.io/managed-by': 'cdk8s',
    });
  });

  test('say the version only when they are asked to', () => {
    expect(labelsFor(worker, '1.2.3')).toEqual({ ...labelsFor(worker), 'app.kubernetes.io/version': '1.2.3' });
  });
});

describe('selectors', () => {
  test('hold only what never changes', () => {
    expect(selectorFor(worker)).toEqual({ 'app.kubernetes.io/name': 'php', 'app.kubernetes.io/instance': 'queue-worker' });
  });

  test.each([
    ['of a workload', selectorFor(worker)],
    ['of a component', componentSelector('php')],
    ['of a workload by one label', instanceSelector('queue-worker')],
  ])('%s are labels that its pods have', (_, selector) => {
    expect(labelsFor(worker)).toMatchObject(selector);
  });
});
