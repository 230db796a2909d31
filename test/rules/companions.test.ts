import type { Manifest } from '../../lib/charts';
import { environments, type Environment } from '../../lib/environments';
import { production } from '../../lib/environments/production';
import { companionFindings } from '../../lib/rules';
import { manifestsFor, titleOf } from '../support/manifests';

test.each(Object.values<Environment>(environments))('in $name nothing is missing that belongs to what is there', (environment) => {
  expect(companionFindings(manifestsFor(environment))).toEqual([]);
});

const without = (title: string): string[] =>
  companionFindings(manifestsFor(production).filter((manifest: Manifest) => titleOf(manifest) !== title));

test.each([
  ['Namespace fintrack-production', 'there is no Namespace fintrack-production, which objects are in'],
  ['NetworkPolicy deny-all', 'there is no NetworkPolicy that denies what no other one allows; every pod would be open to every other'],
  ['NetworkPolicy nginx', 'Deployment nginx: no NetworkPolicy is about its pods; nobody would reach them, and they nobody'],
  ['NetworkPolicy redis', 'StatefulSet redis: no NetworkPolicy is about its pods; nobody would reach them, and they nobody'],
  ['PodDisruptionBudget php', 'Deployment php: no PodDisruptionBudget is about its pods; a drain could take all of them at once'],
  ['Service nginx', 'Deployment nginx: policies open ways to its pods, and no Service leads to them'],
  ['HorizontalPodAutoscaler nginx', 'Deployment nginx: has neither replicas nor an autoscaler; it would run as one pod'],
  ['ScaledObject queue-worker-default', 'Deployment queue-worker-default: has neither replicas nor an autoscaler; it would run as one pod'],
])('without %s one line says so', (title, finding) => {
  expect(without(title)).toEqual([finding]);
});
