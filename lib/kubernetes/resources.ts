import { Size, SizeRoundingBehavior } from 'cdk8s';
import { Cpu, Quantity, type ResourceRequirements } from '../../imports/k8s';

/** What a container asks for. Memory and disk are guaranteed (request = limit), processor time may burst. */
export interface Resources {
  /** Processor time it is guaranteed, and what an autoscaler measures against. */
  readonly cpu: Cpu;
  /** Processor time it may use while the node has some to spare. @default - four times `cpu` */
  readonly cpuLimit?: Cpu;
  /** Memory, request and limit in one: going over it ends the container. */
  readonly memory: Size;
  /** Disk for logs and `emptyDir` volumes, request and limit in one. @default 64 MiB */
  readonly disk?: Size;
}

/** Resource requirements of a container in the API's form. */
export function requirementsOf(resources: Resources): ResourceRequirements {
  const fixed = { memory: quantityOf(resources.memory), 'ephemeral-storage': quantityOf(resources.disk ?? Size.mebibytes(64)) };
  const limit = resources.cpuLimit ?? Cpu.millis(4 * millisOf(resources.cpu));
  return {
    requests: { cpu: Quantity.fromString(resources.cpu.amount), ...fixed },
    limits: { cpu: Quantity.fromString(limit.amount), ...fixed },
  };
}

/** A size as the API writes it: `1536Mi`, `2Gi`. */
export function quantityOf(size: Size): Quantity {
  return Quantity.fromString(formatSize(size));
}

/** A size in the largest unit that keeps it whole, Mi or Gi. A part of a mebibyte is rounded up. */
export function formatSize(size: Size): string {
  const mebibytes = mebibytesOf(size);
  return mebibytes % 1024 === 0 && mebibytes > 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}

/** A size in mebibytes, a part of one rounded up. */
export function mebibytesOf(size: Size): number {
  return Math.ceil(size.toMebibytes({ rounding: SizeRoundingBehavior.NONE }));
}

/** Processor time in thousandths of a core. */
export function millisOf(cpu: Cpu): number {
  return cpu.amount.endsWith('m') ? Number.parseInt(cpu.amount, 10) : Number(cpu.amount) * 1000;
}

/** What the suffixes stand for in which the API writes quantities. */
const UNITS: Readonly<Record<string, number>> = Object.fromEntries([
  ['', 1],
  ...['m', 'u', 'n'].map((unit, index) => [unit, 1000 ** -(index + 1)] as const),
  ...['k', 'M', 'G', 'T', 'P', 'E'].map((unit, index) => [unit, 1000 ** (index + 1)] as const),
  ...['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((unit, index) => [unit, 1024 ** (index + 1)] as const),
]);

/** A quantity of the API in bytes or cores; one that is none compares with nothing. */
export function amountOf(quantity: string): number {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)([a-zA-Z]*)$/.exec(quantity) ?? [];
  return amount === '' ? Number.NaN : Number(amount) * (UNITS[unit] ?? Number.NaN);
}
