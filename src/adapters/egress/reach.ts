import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * `outside`: on the internet. `inside`: in a private network. `never`: this machine, its neighbours on the wire (where
 * clouds answer with credentials), and what is no single host. Ranges for documentation lead nowhere and count as
 * outside.
 */
export type Reach = 'outside' | 'inside' | 'never';

const PRIVATE = listOf(
  [
    ['10.0.0.0', 8],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    ['100.64.0.0', 10],
  ],
  [['fc00::', 7]],
);
const NEVER = listOf(
  [
    ['0.0.0.0', 8],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['192.0.0.0', 24],
    ['192.88.99.0', 24],
    ['198.18.0.0', 15],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ],
  // Ways to write an IPv4 address in one of IPv6: Teredo and its neighbours, 6to4.
  [
    ['2001::', 23],
    ['2002::', 16],
  ],
);
/** All that is given out to hosts of the internet. */
const GLOBAL = listOf([], [['2000::', 3]]);

type Range = readonly [address: string, prefix: number];

function listOf(v4: readonly Range[], v6: readonly Range[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of v4) list.addSubnet(address, prefix, 'ipv4');
  for (const [address, prefix] of v6) list.addSubnet(address, prefix, 'ipv6');
  return list;
}

export function reachOf(address: string): Reach {
  if (isOwn(address)) return 'never';
  if (isIPv4(address)) {
    if (NEVER.check(address, 'ipv4')) return 'never';
    return PRIVATE.check(address, 'ipv4') ? 'inside' : 'outside';
  }
  // With a zone it is one of a single wire.
  if (!isIPv6(address) || address.includes('%')) return 'never';
  if (PRIVATE.check(address, 'ipv6')) return 'inside';
  return GLOBAL.check(address, 'ipv6') && !NEVER.check(address, 'ipv6') ? 'outside' : 'never';
}

/** A server that listens on all addresses of this machine answers at each of them. */
function isOwn(address: string): boolean {
  return Object.values(networkInterfaces()).some((own) => own?.some((one) => one.address === address));
}
