/** What can happen to a real Redis and to the network before it, while our front serves loops from it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { coordinationKeys, keyOnServer } from '../integration/loop/coordination-keys.ts';
import { ADMIN_PASSWORD, startRedis } from '../integration/store-support.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { ITERATIONS, TASK, type FaultBench } from './bench.mts';
import { storeFileOf } from './census.mts';
import type { Random } from './random.mts';
import type { StoreUnderFault } from './store-under-fault.mts';

const KEYS_BACK_MS = 10_000;
const CLOSED_MS = 5000;

/** Loops of this place use the server, which has to be installed, from now on. */
export async function realRedisStore(place: FaultBench, random: Random): Promise<StoreUnderFault> {
  const redis = await startRedis();
  if (!redis) throw new Error('redis-server is not installed');
  const killServer = () => void redis.kill();
  process.once('exit', killServer);
  const proxy = await startFaultProxy(redis);
  const direct = new Redis({ port: redis.port, password: ADMIN_PASSWORD });
  // A server that is being killed is what this is about.
  direct.on('error', () => undefined);
  Object.assign(place.bench.env, {
    REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
    REDIS_PASSWORD: ADMIN_PASSWORD,
  });

  const whileConnected = async (ms: number, break_: () => unknown, mend: () => unknown): Promise<boolean> => {
    if (proxy.connections === 0) return false;
    await break_();
    await sleep(ms);
    await mend();
    return true;
  };
  const pass = () => proxy.pass();
  const missing = async (): Promise<readonly string[]> => {
    const namespace = storeFileOf(place)?.namespace ?? '';
    const wanted = coordinationKeys(TASK, ITERATIONS);
    const there = await Promise.all(wanted.map((key) => direct.exists(keyOnServer(namespace, TASK, key))));
    return wanted.filter((_key, index) => there[index] === 0);
  };
  const missingFor = async (ms: number): Promise<readonly string[]> => {
    const deadline = performance.now() + ms;
    for (let left = await missing(); ; left = await missing()) {
      if (left.length === 0 || performance.now() > deadline) return left;
      await sleep(100);
    }
  };

  return {
    kinds: {
      freeze: (ms) =>
        whileConnected(
          ms,
          () => redis.freeze(),
          () => redis.thaw(),
        ),
      'black hole': (ms) => whileConnected(ms, () => proxy.blackhole(), pass),
      refuse: (ms) => whileConnected(ms, () => proxy.refuse(), pass),
      drop: () => whileConnected(0, () => proxy.reset(), pass),
      cut: (ms) => whileConnected(ms, () => proxy.cutAfter(random.whole(1, 400)), pass),
      wipe: async () => {
        const held = await direct.dbsize();
        await direct.flushall();
        return held > 0;
      },
      'kill and start empty': (ms) =>
        whileConnected(
          ms,
          () => redis.kill(),
          () => redis.restart(),
        ),
    },
    async left() {
      if ((await missingFor(KEYS_BACK_MS)).length > 0) {
        // Whoever looks at the loop again puts back what was lost when nobody ran it any more.
        await place.bench.cfn('resume', TASK, '--json');
      }
      const gone = await missingFor(KEYS_BACK_MS);
      return gone.length === 0 ? [] : [`keys are missing: ${gone.join(', ')}`];
    },
    async connections() {
      const deadline = performance.now() + CLOSED_MS;
      while (proxy.connections > 0 && performance.now() < deadline) await sleep(50);
      return proxy.connections;
    },
    async close() {
      process.off('exit', killServer);
      direct.disconnect();
      await proxy.close();
      await redis.close();
    },
  };
}
