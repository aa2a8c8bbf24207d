import { lookup } from 'node:dns/promises';
import { connect, type LookupFunction, type Socket } from 'node:net';
import { err, ok, type Result } from '../../base/result.ts';
import { judgeEgress, type EgressRefusal, type EgressRule } from '../../domain/containers/egress.ts';
import { reachOf, type Reach } from './reach.ts';

export interface Address {
  readonly address: string;
  readonly family: number;
}

/** What names lead to, and where that is. */
export interface Names {
  resolve(host: string): Promise<readonly Address[]>;
  reach(address: string): Reach;
}

export const systemNames: Names = {
  resolve: (host) => lookup(host, { all: true, order: 'verbatim' }),
  reach: reachOf,
};

export interface Destination {
  readonly host: string;
  readonly port: number;
  /** Checked: nothing else is connected to, whatever the name leads to a moment later. */
  readonly addresses: readonly Address[];
}

const RESOLVE_MS = 10_000;
const CONNECT_MS = 15_000;

export interface Asked {
  readonly host: string;
  readonly port: number;
}

/** Where a request may go, or why not. */
export async function destinationOf(
  { host, port }: Asked,
  { allow, names }: { readonly allow: readonly EgressRule[]; readonly names: Names },
): Promise<Result<Destination, EgressRefusal>> {
  const verdict = judgeEgress(allow, host, port);
  if (!verdict.allowed) return err(verdict.why);
  const found = await within(RESOLVE_MS, names.resolve(verdict.host)).catch(() => []);
  if (found.length === 0) return err('unresolved');
  const addresses = found.filter(({ address }) => {
    const reach = names.reach(address);
    return reach === 'outside' || (reach === 'inside' && verdict.inside);
  });
  return addresses.length === 0 ? err('inside') : ok({ host: verdict.host, port, addresses });
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('late')), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** In place of another question to a resolver, which may answer otherwise. */
export const checkedLookup =
  ({ addresses }: Destination): LookupFunction =>
  (_host, { all }, done) => {
    const [first] = addresses;
    if (all === true) done(null, [...addresses]);
    else done(null, first?.address ?? '', first?.family);
  };

export function connectTo(destination: Destination): Promise<Result<Socket, EgressRefusal>> {
  const { host, port } = destination;
  return new Promise((resolve) => {
    const socket = connect({ host, port, lookup: checkedLookup(destination), autoSelectFamily: true });
    const refuse = (): void => {
      socket.destroy();
      resolve(err('unreachable'));
    };
    socket.setTimeout(CONNECT_MS, refuse);
    socket.once('error', refuse);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', refuse);
      socket.off('timeout', refuse);
      resolve(ok(socket));
    });
  });
}
