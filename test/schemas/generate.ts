/**
 * Derives a strict JSON schema from the Kubernetes models of a cdk8s-plus package:
 *
 *   npx ts-node test/schemas/generate.ts <cdk8s-plus-NN package> <output file>
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';

interface TypeReference {
  primitive?: string;
  fqn?: string;
  collection?: { kind: 'array' | 'map'; elementtype: TypeReference };
}

interface Struct {
  name: string;
  properties?: { name: string; optional?: boolean; type: TypeReference; docs?: { custom?: { schema?: string } } }[];
}

interface Assembly {
  name: string;
  version: string;
  types: Record<string, Struct>;
}

type Schema = Record<string, unknown>;

/** Groups that a project like this writes; '' is the core group. */
const groups = [
  '',
  'admissionregistration.k8s.io',
  'apps',
  'autoscaling',
  'batch',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
];

// jsii knows only "number". In these groups every such field is an integer; real fractions occur only in
// the JSON schemas of apiextensions.k8s.io, which would need `number` if that group were added.
const primitives: Record<string, Schema> = {
  any: {},
  boolean: { type: 'boolean' },
  date: { type: 'string' },
  number: { type: 'integer' },
  string: { type: 'string' },
};

// Classes of the models that are plain values in a manifest.
const values: Record<string, Schema> = {
  IntOrString: { type: ['string', 'integer'] },
  Quantity: { type: ['string', 'number'] },
};

function readAssembly(packageFolder: string): Assembly {
  const content = JSON.parse(readFileSync(join(packageFolder, '.jsii'), 'utf8'));
  // Large packages keep only a pointer in `.jsii` and the assembly itself beside it.
  if (content.schema !== 'jsii/file-redirect') return content;
  return JSON.parse(gunzipSync(readFileSync(join(packageFolder, content.filename))).toString('utf8'));
}

function sorted<T>(entries: Iterable<[string, T]>): [string, T][] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Stable kinds of the groups, `apps/v1/Deployment` to the struct that describes it. */
function stableKinds(packageFolder: string): Map<string, string> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the package is an argument
  const models: Record<string, { GVK?: { apiVersion: string; kind: string } }> = require(join(packageFolder, 'lib/imports/k8s'));
  const kinds = new Map<string, string>();
  for (const [className, { GVK }] of Object.entries(models)) {
    if (!GVK || GVK.kind.endsWith('List')) continue;
    const [version = '', group = ''] = GVK.apiVersion.split('/').reverse();
    if (groups.includes(group) && /^v\d+$/.test(version)) kinds.set(`${GVK.apiVersion}/${GVK.kind}`, `${className}Props`);
  }
  return kinds;
}

/** The structs that can be reached from the kinds, each as a schema that refuses unknown fields. */
function describeStructs(assembly: Assembly, kinds: string[]): Map<string, Schema> {
  const definitions = new Map<string, Schema>();

  function describeType(type: TypeReference): Schema {
    if (type.collection) {
      const element = describeType(type.collection.elementtype);
      return type.collection.kind === 'array' ? { type: 'array', items: element } : { type: 'object', additionalProperties: element };
    }
    const name = type.fqn?.split('.').pop() ?? '';
    const schema = type.primitive ? primitives[type.primitive] : values[name];
    if (schema) return schema;
    describeStruct(name);
    return { $ref: `#/definitions/${name}` };
  }

  function describeStruct(name: string): void {
    if (definitions.has(name)) return;
    const struct = assembly.types[`${assembly.name}.k8s.${name}`];
    if (!struct) throw new Error(`${assembly.name} has no struct ${name}`);
    definitions.set(name, {}); // holds the place, structs may contain themselves

    const isKind = name.startsWith('Kube');
    const properties = new Map<string, Schema>(
      isKind
        ? [
            ['apiVersion', { type: 'string' }],
            ['kind', { type: 'string' }],
          ]
        : [],
    );
    const required: string[] = [];
    for (const property of struct.properties ?? []) {
      // TypeScript says `clusterIp` where the API says `clusterIP`; only the tag keeps the API's spelling.
      const field = property.docs?.custom?.schema?.split('#')[1];
      if (!field) throw new Error(`${name}.${property.name} has no schema tag`);
      if (isKind && field === 'status') continue; // the cluster writes it, a manifest never does
      properties.set(field, describeType(property.type));
      if (!property.optional) required.push(field);
    }
    definitions.set(name, {
      type: 'object',
      additionalProperties: false,
      ...(required.length > 0 && { required: required.sort() }),
      properties: Object.fromEntries(sorted(properties)),
    });
  }

  kinds.forEach(describeStruct);
  return definitions;
}

/** Minified, but one entry a line, so that a diff can be read. */
function lines(entries: Iterable<[string, unknown]>): string {
  return sorted(entries)
    .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
    .join(',\n');
}

const [packageArgument, outputFile] = process.argv.slice(2);
if (!packageArgument || !outputFile) throw new Error('usage: generate.ts <cdk8s-plus-NN package> <output file>');

const packageFolder = resolve(packageArgument);
const assembly = readAssembly(packageFolder);
const kinds = stableKinds(packageFolder);
const definitions = describeStructs(assembly, [...kinds.values()]);
const comment = `Generated by test/schemas/generate.ts from ${assembly.name} ${assembly.version} (Apache-2.0), do not edit`;

writeFileSync(
  outputFile,
  `{\n"comment":${JSON.stringify(comment)},\n"kinds":{\n${lines(kinds)}\n},\n"definitions":{\n${lines(definitions)}\n}\n}\n`,
);
console.log(`${outputFile}: ${kinds.size} kinds, ${definitions.size} definitions`);
