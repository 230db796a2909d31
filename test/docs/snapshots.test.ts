import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { parse } from 'yaml';
import { production } from '../../lib/environments/production';
import { REPOSITORY } from '../support/folders';
import { schemaFindings } from '../support/schema';

const text = readFileSync(join(REPOSITORY, 'docs/operations/backup.md'), 'utf8');
const objects = [...text.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, yaml = '']) => parse(yaml));
const [snapshot, claim] = objects;
const schema = JSON.parse(readFileSync(join(__dirname, '../schemas/volume-snapshot.json'), 'utf8')) as object;
const valid = (object: unknown) => new Ajv({ strict: false }).validate(schema, object);

test('the snapshot in docs/operations/backup.md is what its definition allows', () => {
  expect(objects).toHaveLength(2);
  expect(snapshot).toMatchObject({ apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot' });
  expect(valid(snapshot)).toBe(true);
  expect(valid({ ...snapshot, spec: { source: { claimName: 'data-mysql-primary-0' } } })).toBe(false);
});

test('the claim beside it is what Kubernetes allows, names the snapshot, and is that of the declared primary with its size', () => {
  expect((['1.27', '1.34'] as const).flatMap((version) => schemaFindings(claim, version))).toEqual([]);
  expect(claim.spec.dataSource).toEqual({ apiGroup: 'snapshot.storage.k8s.io', kind: snapshot.kind, name: snapshot.metadata.name });
  const { name, namespace } = claim.metadata as { name: string; namespace: string };
  expect([name, namespace]).toEqual([`data-${production.mysql.primary}`, production.namespace]);
  expect(claim.spec.resources.requests.storage).toBe(`${production.mysql.storage.toGibibytes()}Gi`);
  expect(snapshot.spec.source.persistentVolumeClaimName).toBe(name);
});
