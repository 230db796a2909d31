import { isIP } from 'node:net';

/** An address and the block that it is in, as numbers. */
interface Block {
  readonly address: bigint;
  /** Those of its bits that say where in the block. */
  readonly free: bigint;
  readonly bits: 32 | 128;
}

/** Whether it is an address and a prefix length. */
export function isBlock(cidr: string): boolean {
  return blockOf(cidr) !== undefined;
}

/** The block that an address is in, by its own prefix length: `10.20.0.0/24` of `10.20.0.5/24`. */
export function wholeBlockOf(cidr: string): string {
  const { address: named = 0n, free = 0n, bits = 32 } = blockOf(cidr) ?? {};
  if ((named & free) === 0n) {
    return cidr;
  }
  const groups = Array.from({ length: bits / 16 }, (_, index) => ((named & ~free) >> BigInt(bits - 16 * (index + 1))) & 0xffffn);
  const address =
    bits === 32
      ? groups.flatMap((group) => [group >> 8n, group & 0xffn]).join('.')
      : new URL(`http://[${groups.map((group) => group.toString(16)).join(':')}]`).hostname.slice(1, -1);
  return `${address}/${cidr.split('/')[1]}`;
}

/** Whether all addresses of a block are in another one. */
export function contains(cidr: string, other: string): boolean {
  const [outer, inner] = [blockOf(cidr), blockOf(other)];
  return (
    outer !== undefined &&
    inner?.bits === outer.bits &&
    inner.free <= outer.free &&
    (inner.address | outer.free) === (outer.address | outer.free)
  );
}

function blockOf(cidr: string): Block | undefined {
  const [, address = '', prefix = ''] = /^([\d.a-f:]+)\/(0|[1-9]\d{0,2})$/i.exec(cidr) ?? [];
  const bits = isIP(address) === 6 ? 128 : 32;
  if (isIP(address) === 0 || Number(prefix) > bits) {
    return undefined;
  }
  const free = (1n << BigInt(bits - Number(prefix))) - 1n;
  return { address: numberOf(address), free, bits };
}

function numberOf(address: string): bigint {
  if (isIP(address) === 4) {
    return address.split('.').reduce((number, part) => number * 256n + BigInt(part), 0n);
  }
  // An address of version 6 has many forms; browsers write it in one, in which `::` stands for groups of zero.
  const [head = [], tail = []] = new URL(`http://[${address}]`).hostname
    .slice(1, -1)
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail].reduce((number, group) => number * 65_536n + BigInt(`0x${group}`), 0n);
}
