import { isIP } from 'node:net';
import { IPv4, IPv6, parseCIDR, subnetMatch } from 'ipaddr.js';

/** Whether it is an address and a prefix length. */
export function isBlock(cidr: string): boolean {
  const [, address = '', prefix = ''] = /^([\d.a-f:]+)\/(0|[1-9]\d{0,2})$/i.exec(cidr) ?? [];
  return isIP(address) !== 0 && Number(prefix) <= (isIP(address) === 4 ? 32 : 128);
}

/** The block that an address is in, by its own prefix length: `10.20.0.0/24` of `10.20.0.5/24`. */
export function wholeBlockOf(cidr: string): string {
  const [address, length] = parseCIDR(cidr);
  const first = (address.kind() === 'ipv4' ? IPv4 : IPv6).networkAddressFromCIDR(cidr).toString();
  return first === address.toString() ? cidr : `${first}/${length}`;
}

/** Whether all addresses of a block are in another one. */
export function contains(cidr: string, other: string): boolean {
  const [outer, inner] = [parseCIDR(cidr), parseCIDR(other)];
  return outer[1] <= inner[1] && subnetMatch(inner[0], { within: outer }, 'outside') === 'within';
}
