import { DockerFiles } from '../../lib/docker/docker-files';
import { environments, type Environment } from '../../lib/environments';
import { createFinTrack, manifestsByTier } from '../../lib/fintrack';
import { waveFindings } from '../../lib/rules';

test.each(Object.entries<Environment>(environments))('nothing in %s needs what comes later', (_, environment) => {
  expect(waveFindings(manifestsByTier(createFinTrack(environment, new DockerFiles())))).toEqual([]);
});
