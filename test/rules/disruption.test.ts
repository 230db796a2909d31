import { environments, type Environment } from '../../lib/environments';
import { disruptionFindings } from '../../lib/rules';
import { manifestsFor } from '../support/manifests';

test.each(Object.values<Environment>(environments))(
  'in $name each of three nodes can be drained, and every pod finds a node',
  (environment) => {
    expect(disruptionFindings(manifestsFor(environment))).toEqual([]);
  },
);
