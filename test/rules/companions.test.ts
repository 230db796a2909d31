import { environments, type Environment } from '../../lib/environments';
import { companionFindings } from '../../lib/rules';
import { manifestsFor } from '../support/manifests';

test.each(Object.values<Environment>(environments))('in $name nothing is missing that belongs to what is there', (environment) => {
  expect(companionFindings(manifestsFor(environment))).toEqual([]);
});
