/** IPv4 alone: networks of ours have no other addresses. */
export interface Subnet {
  /** Its lowest address, as an unsigned number. */
  readonly first: number;
  /** Bits that all of its addresses share. */
  readonly prefix: number;
}

const CIDR = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/** `172.30.0.0/16`; bits beyond the prefix are dropped. `null`: no IPv4 subnet. */
export function parseSubnet(text: string): Subnet | null {
  const parts = CIDR.exec(text)?.slice(1).map(Number);
  const [prefix = 33, ...bytes] = parts === undefined ? [] : [...parts.slice(4), ...parts.slice(0, 4)];
  if (prefix > 32 || bytes.some((byte) => byte > 255)) return null;
  const address = bytes.reduce((whole, byte) => whole * 256 + byte, 0);
  return { first: address - (address % sizeOf(prefix)), prefix };
}

export const formatSubnet = ({ first, prefix }: Subnet): string => `${address(first)}/${prefix}`;

/** The address that the engine gives to this machine by itself. */
export const gatewayOf = ({ first }: Subnet): string => address(first + 1);

export function overlap(one: Subnet, other: Subnet): boolean {
  return one.first < endOf(other) && other.first < endOf(one);
}

const sizeOf = (prefix: number): number => 2 ** (32 - prefix);
const endOf = ({ first, prefix }: Subnet): number => first + sizeOf(prefix);

function address(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

export interface FreeSubnetRequest {
  readonly pool: Subnet;
  /** Of the wanted subnet. */
  readonly prefix: number;
  /** Where in the pool the search begins; it goes round. */
  readonly slot: number;
  readonly taken: readonly Subnet[];
}

/** The first subnet of the pool, from the slot on, that shares no address with one that is taken; `null`: none is left. */
export function freeSubnet({ pool, prefix, slot, taken }: FreeSubnetRequest): Subnet | null {
  const slots = sizeOf(pool.prefix) / sizeOf(prefix);
  for (let step = 0; step < slots; step += 1) {
    const candidate = { first: pool.first + ((slot + step) % slots) * sizeOf(prefix), prefix };
    if (!taken.some((one) => overlap(one, candidate))) return candidate;
  }
  return null;
}
