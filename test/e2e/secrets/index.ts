import { CANARY } from '../canary';
import { runDrills } from '../drill';
import { SecretsCluster } from './cluster';
import { ROTATIONS } from './rotations';
import { STORE_DRILLS } from './stores';

/** Secrets from a store, on a cluster that has External Secrets. @param only names of drills; none means all @returns the exit code */
export const secretsDrills = (only: readonly string[]) =>
  runDrills<SecretsCluster>(
    {
      name: 'secrets',
      drills: { ...STORE_DRILLS, ...ROTATIONS, canary: CANARY },
      install: (report) => new SecretsCluster(report),
      create: () => ({
        promise: 'FinTrack comes up from nothing with Secrets that External Secrets made of what a store has',
        run: async (secrets) => `after ${(await secrets.create()).toFixed(0)} s`,
      }),
      subject: async ({ kubectl }) => {
        const path = '{.items[0].spec.containers[0].image}';
        const image = await kubectl.out(['get', 'pods', '--namespace=external-secrets', `--output=jsonpath=${path}`]);
        return `${image}, its provider \`fake\` in place of a store`;
      },
    },
    only,
  );
