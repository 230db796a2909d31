import type { Mount } from '../../lib/kubernetes/volumes';
import { HashedConfig } from '../../lib/kubernetes/hashed-config';
import { render } from '../support/render';

/** A ConfigMap of these files, and how it is mounted. */
function config(files: Record<string, string>, mount: (config: HashedConfig) => Mount = (made) => made.at('/etc/sample')) {
  const mounts: Mount[] = [];
  const { manifests } = render((chart) => mounts.push(mount(new HashedConfig(chart, 'sample', { labels: {}, files }))));
  const [manifest] = manifests;
  if (manifest === undefined) throw new Error('no ConfigMap');
  return { manifest, mount: mounts[0] };
}

const nameOf = (files: Record<string, string>) => config(files).manifest.metadata.name;

describe('a hashed config', () => {
  test('cannot be changed, and holds its files byte for byte', () => {
    const text = 'key = "${NAME}"\r\n\ttrailing  \n\n# ünïcode 😀';
    const { manifest } = config({ 'a.conf': text });
    expect(manifest['immutable']).toBe(true);
    expect(manifest['data']).toEqual({ 'a.conf': text });
  });

  test('has eight hex digits of its content in its name', () => {
    expect(nameOf({ 'a.conf': '1' })).toMatch(/^sample-[0-9a-f]{8}$/);
  });

  test('keeps its name while its content stays, in whatever order files were read', () => {
    expect(nameOf({ a: '1', b: '2' })).toBe(nameOf({ b: '2', a: '1' }));
  });

  test.each([
    ['a changed file', { a: '1', b: '3' }],
    ['a renamed file', { a: '1', c: '2' }],
    ['a file more', { a: '1', b: '2', c: '' }],
    ['text that moved from one file to the other', { a: '12', b: '' }],
    ['a file that looks like two', { a: '1b,2' }],
    ['a line break at the end', { a: '1', b: '2\n' }],
  ])('has another name with %s', (_, files) => {
    expect(nameOf(files)).not.toBe(nameOf({ a: '1', b: '2' }));
  });

  test('is mounted by its full name, so that a change rolls the pods that mount it', () => {
    const { manifest, mount } = config({ a: '1' });
    expect(mount?.volume.configMap?.name).toBe(manifest.metadata.name);
  });

  test('has a volume of its own for each folder that shows a part of it', () => {
    const { mount } = config({ a: '1', b: '2' }, (made) => made.at('/etc/conf.d', ['a']));
    expect(mount).toMatchObject({
      path: '/etc/conf.d',
      volume: { name: 'sample-conf-d', configMap: { items: [{ key: 'a', path: 'a' }] } },
    });
  });
});
