import type { Manifest } from '../../lib/charts';
import { environments, type Environment } from '../../lib/environments';
import { production } from '../../lib/environments/production';
import { disruptionFindings } from '../../lib/rules';
import { find, manifestsFor } from '../support/manifests';

test.each(Object.values<Environment>(environments))(
  'in $name each of three nodes can be drained, and every pod finds a node',
  (environment) => {
    expect(disruptionFindings(manifestsFor(environment))).toEqual([]);
  },
);

const after = (change: (manifests: Manifest[]) => void, environment: Environment = production): string[] => {
  const manifests = manifestsFor(environment);
  change(manifests);
  return disruptionFindings(manifests);
};

describe('a finding reads', () => {
  const blocked = (name: string) => `PodDisruptionBudget ${name}: lets no pod go, so its node could never be drained; allow one`;

  test.each([
    ['of a budget of no pod', 'nginx', { maxUnavailable: 0 }],
    ['of a budget that wants the only pod', 'scheduler', { minAvailable: 1 }],
  ])('%s', (_, name, budget) => {
    const change = (m: Manifest[]) => {
      const { spec } = find(m, 'PodDisruptionBudget', name);
      delete spec.maxUnavailable;
      Object.assign(spec, budget);
    };
    expect(after(change)).toEqual([blocked(name)]);
  });

  test('of servers that share no node and are more than the nodes', () => {
    const mysql = { ...production.mysql, replicas: 3 };
    const line = (name: string) => `StatefulSet ${name}: 4 pods share no node, and with 3 nodes one would never start; lower its replicas`;
    expect(after(() => undefined, { ...production, mysql })).toEqual([line('mysql-primary'), line('mysql-replica')]);
  });
});
