import { isIPv4 } from 'node:net';
import { reaches } from '../components/network';
import { isBlock, wholeBlockOf } from '../kubernetes/address-blocks';
import { isCount } from '../kubernetes/scale';

/** How a server outside the cluster is reached. */
interface OutsideServer {
  readonly host: string;
  readonly port?: number;
  readonly cidrs: readonly string[];
  readonly user?: string;
  readonly certificateAuthorities?: string;
}

/** Labels joined by dots. */
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/i;

function isHost(host: string): boolean {
  return isIPv4(host) || (HOST_NAME.test(host) && !/^[\d.]+$/.test(host));
}

/** The host of an address; empty where it is more than scheme, host and port. */
export function hostIn(address: string): string {
  return /^https?:\/\/([^/:]+)(:[1-9]\d*)?$/.exec(address)?.[1] ?? '';
}

/** @param example an address as it would be right */
export function originFindings(setting: string, address: string, example: string): string[] {
  return unless(
    // What makes manifests takes it apart as browsers do, which know more that cannot be: a port above 65535, a last label that is a number.
    isHost(hostIn(address)) && URL.canParse(address),
    `${setting} ${JSON.stringify(address)} must be scheme and host of letters, digits, hyphens and dots, with nothing but a port behind, for instance ${example}`,
  );
}

/** What cannot work in how a component outside the cluster is reached. */
export function outsideFindings(component: 'mysql' | 'redis', server: OutsideServer): string[] {
  const { host, port, cidrs, user, certificateAuthorities } = server;
  return [
    ...hostFindings(`${component}.host`, host),
    ...(port === undefined ? [] : portFindings(`${component}.port`, port)),
    ...cidrFindings(`${component}.cidrs`, cidrs, 'no pod could reach it; name the blocks that it is in'),
    ...reachFindings(`${component}.host`, host, `${component}.cidrs`, cidrs),
    ...unless(
      user === undefined || /^[\w.@-]{1,32}$/.test(user),
      `${component}.user ${JSON.stringify(user)} must be letters, digits, underscores, dots, @ and hyphens, 32 at most`,
    ),
    ...unless(
      certificateAuthorities === undefined || /^(\/[\w.-]+)+$/.test(certificateAuthorities),
      `${component}.certificateAuthorities ${JSON.stringify(certificateAuthorities)} must be the absolute path of a file in the PHP image, ` +
        'for instance /etc/ssl/certs/ca-certificates.crt',
    ),
  ];
}

/** @param setting its name, whose first part names the component */
export function hostFindings(setting: string, host: string): string[] {
  return unless(
    // One without a dot would be looked up in the namespace.
    isHost(host) && host.includes('.'),
    `${setting} ${JSON.stringify(host)} must be a full name or an IPv4 address, without scheme and port, for instance ${setting.split('.')[0]}.example.com`,
  );
}

export function portFindings(setting: string, port: number): string[] {
  return unless(isCount(port) && port <= 65_535, `${setting} ${port} must be a whole number from 1 to 65535`);
}

/** @param empty what follows from an empty list, and what to do */
export function cidrFindings(setting: string, cidrs: readonly string[], empty: string): string[] {
  return [
    ...unless(cidrs.length > 0, `${setting} is empty: ${empty}`),
    ...cidrs
      .filter((cidr) => !isBlock(cidr))
      .map((cidr) => `${setting} ${JSON.stringify(cidr)} must be an address and a prefix length, for instance 10.20.0.0/24`),
    ...cidrs
      .filter((cidr) => isBlock(cidr) && wholeBlockOf(cidr) !== cidr)
      .map(
        (cidr) =>
          `${setting} ${cidr} is one address of the block ${wholeBlockOf(cidr)}; write the block, or the address with its whole length`,
      ),
  ];
}

/** @param host where it is an address, its own blocks must have it. Where a name leads nobody knows here. */
export function reachFindings(setting: string, host: string, blocks: string, cidrs: readonly string[]): string[] {
  return unless(
    !isIPv4(host) || cidrs.length === 0 || !cidrs.every(isBlock) || reaches(cidrs, host),
    `${setting} ${host} is not among ${blocks} ${cidrs.join(', ')}, of which what is private is no part unless it is named itself; ` +
      `no pod could reach it. Add ${host}/32`,
  );
}

/** A finding, unless all is right. */
export function unless(right: boolean, finding: string): string[] {
  return right ? [] : [finding];
}
