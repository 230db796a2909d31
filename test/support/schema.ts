import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type ErrorObject, type SchemaObject, type ValidateFunction } from 'ajv';

/** The Kubernetes versions whose API is stored in `test/schemas/`: the oldest and the newest that count. */
export type KubernetesVersion = '1.27' | '1.34';

interface Api {
  kinds: Record<string, string>;
  groups: Set<string>;
  validatorOf(struct: string): ValidateFunction;
}

// Groups of the add-ons that FinTrack may use, whose objects have no schema here: types of imports/ hold them. An unknown group is
// more often a typing error than a new add-on.
const customGroups = [
  'argoproj.io',
  'cert-manager.io',
  'external-secrets.io',
  'gateway.networking.k8s.io',
  'generators.external-secrets.io',
  'keda.sh',
  'moco.cybozu.com',
  'monitoring.coreos.com',
  'snapshot.storage.k8s.io',
];

const apis = new Map<KubernetesVersion, Api>();

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

// Reading and compiling happen on first use and once: a suite asks for a dozen of the fifty kinds.
function apiOf(version: KubernetesVersion): Api {
  const known = apis.get(version);
  if (known) return known;
  const file = join(__dirname, '../schemas', `kubernetes-${version}.json`);
  const { kinds, definitions }: { kinds: Record<string, string>; definitions: SchemaObject } = JSON.parse(readFileSync(file, 'utf8'));
  // The schemas are generated, so checking them again against the meta schema would only cost time.
  const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true, validateSchema: false });
  ajv.addSchema({ $id: 'kubernetes', definitions });
  const api: Api = {
    kinds,
    groups: new Set(Object.keys(kinds).map(groupOf)),
    validatorOf(struct) {
      const validate = ajv.getSchema(`kubernetes#/definitions/${struct}`);
      if (!validate) throw new Error(`${file} has no definition ${struct}`);
      return validate;
    },
  };
  apis.set(version, api);
  return api;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `/spec/containers/0` and `image` become `spec.containers[0].image`, the spelling of kubectl explain. */
function fieldPath(pointer: string, field?: string): string {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replace(/~1/g, '/').replace(/~0/g, '~'));
  if (field !== undefined) steps.push(field);
  return steps
    .map((step) => (/^\d+$/.test(step) ? `[${step}]` : /^[\w$-]+$/.test(step) ? `.${step}` : `['${step}']`))
    .join('')
    .replace(/^\./, '');
}

function describeValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return 'an object';
  return JSON.stringify(value);
}

// The generated schemas contain only these three kinds of rule.
function describeError({ keyword, instancePath, params, data }: ErrorObject): string {
  if (keyword === 'additionalProperties') return `${fieldPath(instancePath, params['additionalProperty'])}: unknown field`;
  if (keyword === 'required') return `${fieldPath(instancePath, params['missingProperty'])}: missing`;
  const types = [params['type']].flat().join(' or ');
  return `${fieldPath(instancePath) || 'manifest'}: must be ${types}, is ${describeValue(data)}`;
}

/**
 * What the API of a Kubernetes version would refuse in a manifest, one line each; empty if nothing.
 * A custom resource of an unknown group gives the single finding `no schema for …`.
 */
export function schemaFindings(manifest: unknown, version: KubernetesVersion): string[] {
  if (!isRecord(manifest)) return [`a manifest must be an object, is ${describeValue(manifest)}`];
  const { apiVersion, kind, metadata } = manifest;
  const name = isRecord(metadata) && typeof metadata['name'] === 'string' ? metadata['name'] : '(no name)';
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return [`${String(kind)} ${name}: apiVersion and kind must be strings`];

  const api = apiOf(version);
  const struct = api.kinds[`${apiVersion}/${kind}`];
  if (!struct) {
    // Not every group that ends in k8s.io is built in (gateway.networking.k8s.io), so the known groups decide.
    const group = groupOf(apiVersion);
    if (customGroups.includes(group)) return [];
    return group.includes('.') && !api.groups.has(group)
      ? [`${kind} ${name}: no schema for ${apiVersion}`]
      : [`${kind} ${name}: ${apiVersion} ${kind} is not in the stable API of Kubernetes ${version}`];
  }
  const validate = api.validatorOf(struct);
  if (validate(manifest)) return [];
  return (validate.errors ?? []).map((error) => `${kind} ${name}: ${describeError(error)}`);
}
