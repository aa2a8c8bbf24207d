import type { Redis } from 'ioredis';
import { knowsAllSlots, masterAddress, mastersOf, slotOf, type Client } from './clients.ts';

/** A marker that nobody looks after goes away by itself; a server in use has it renewed. */
const MARKER_SECONDS = 7 * 86_400;
const RENEW_MS = 3_600_000;
/** So many names are tried to have one marker on each master of a cluster. */
const NAMES_TRIED = 256;

export interface GenerationOptions {
  readonly client: Client;
  /** Name of the n-th marker; other numbers lie on other masters of a cluster. */
  readonly markerKey: (number: number) => string;
  readonly newId: () => string;
}

/**
 * Tells when a server may have lost keys. Each master holds a marker with a random text and the ids of the servers'
 * runs: a wipe takes the marker away, and a restart or a fail-over changes the ids.
 */
export class Generation {
  current = '';
  private readonly options: GenerationOptions;
  private renewedAt = Number.NEGATIVE_INFINITY;
  /** After a new connection the ids have to be looked at again. */
  private fresh = true;

  constructor(options: GenerationOptions) {
    this.options = options;
  }

  reconnected(): void {
    this.fresh = true;
  }

  /** Asks all masters, and so tells that they serve; throws what they do not answer. */
  async look(): Promise<string> {
    const { client } = this.options;
    const keys = this.markerKeys();
    const found = await Promise.all(keys.map((key) => client.get(key)));
    const known = found[0];
    const same = typeof known === 'string' && found.every((value) => value === known);
    const current = same && (!this.fresh || known.endsWith(`@${await runIds(client)}`));
    if (current && performance.now() - this.renewedAt < RENEW_MS) {
      this.current = known;
    } else {
      const value = current ? known : `${this.options.newId()}@${await runIds(client)}`;
      await Promise.all(keys.map((key) => client.set(key, value, 'EX', MARKER_SECONDS)));
      this.current = value;
      this.renewedAt = performance.now();
    }
    this.fresh = false;
    return this.current;
  }

  private markerKeys(): readonly string[] {
    const { client, markerKey } = this.options;
    if (!('slots' in client)) return [markerKey(0)];
    const byMaster = new Map<string, string>();
    const masters = mastersOf(client).length;
    for (let number = 0; number < NAMES_TRIED && byMaster.size < masters; number++) {
      const key = markerKey(number);
      const address = masterAddress(client, slotOf(key));
      if (address !== null && !byMaster.has(address)) byMaster.set(address, key);
    }
    // ioredis asks again for places only when it is sent on from one; a master of which it knows none is not watched.
    if (!knowsAllSlots(client)) client.refreshSlotsCache();
    if (byMaster.size === 0) throw new Error('the cluster has told nothing of its masters yet');
    return Array.from(byMaster.values());
  }
}

async function runIds(client: Client): Promise<string> {
  const ids = await Promise.all(mastersOf(client).map(runId));
  return ids.sort().join(',');
}

async function runId(node: Redis): Promise<string> {
  try {
    return /run_id:(\w+)/.exec(await node.info('server'))?.[1] ?? '';
  } catch (error) {
    // A user that may not ask for INFO is served all the same; then only wipes are noticed.
    if (error instanceof Error && error.name === 'ReplyError') return '';
    throw error;
  }
}
