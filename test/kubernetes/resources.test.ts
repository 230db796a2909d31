import { Size } from 'cdk8s';
import { Cpu } from '../../imports/k8s';
import { formatSize, mebibytesOf, millisOf, requirementsOf } from '../../lib/kubernetes/resources';

/** Requirements as they are written. */
const written = (resources: Parameters<typeof requirementsOf>[0]) => {
  const { requests = {}, limits = {} } = requirementsOf(resources);
  const text = (amounts: typeof requests) => Object.fromEntries(Object.entries(amounts).map(([name, { value }]) => [name, value]));
  return { requests: text(requests), limits: text(limits) };
};

describe('resources', () => {
  test('guarantee memory and disk, and let processor time burst', () => {
    expect(written({ cpu: Cpu.millis(250), memory: Size.mebibytes(512) })).toEqual({
      requests: { cpu: '250m', memory: '512Mi', 'ephemeral-storage': '64Mi' },
      limits: { cpu: '1000m', memory: '512Mi', 'ephemeral-storage': '64Mi' },
    });
  });

  test('bound processor time where a component says so', () => {
    expect(written({ cpu: Cpu.units(2), cpuLimit: Cpu.units(2), memory: Size.gibibytes(1) }).limits['cpu']).toBe('2');
  });
});

describe('a size', () => {
  test.each([
    [Size.mebibytes(512), '512Mi'],
    [Size.mebibytes(1536), '1536Mi'],
    [Size.mebibytes(2048), '2Gi'],
    [Size.gibibytes(100), '100Gi'],
    [Size.kibibytes(1), '1Mi'],
    [Size.mebibytes(0), '0Mi'],
  ])('%# is written in the largest unit that keeps it whole', (size, text) => {
    expect(formatSize(size)).toBe(text);
  });

  test('is never less than asked for', () => {
    expect(mebibytesOf(Size.kibibytes(1025))).toBe(2);
  });
});

describe('processor time', () => {
  test.each([
    [Cpu.millis(250), 250],
    [Cpu.units(2), 2000],
    [Cpu.units(0.5), 500],
  ])('%# is counted in thousandths of a core', (cpu, millis) => {
    expect(millisOf(cpu)).toBe(millis);
  });
});
