import { Redis } from 'ioredis';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFaultProxy, type FaultProxy } from '../../support/fault-proxy.ts';
import { coordinationKeys, keyOnServer } from './coordination-keys.ts';
import { ADMIN_PASSWORD, findProgram, startRedis, type RealRedis } from '../store-support.ts';
import { GOOD, last, LoopBench, removePrograms, SUM_FIXED } from './fixture.ts';

const reason = findProgram('redis-server') ? null : 'redis-server is not installed';
if (reason) process.stderr.write(`[skipped] loops on a real Redis: ${reason}\n`);

const TWICE = {
  ...GOOD,
  implementer: [
    { write: { 'src/sum.js': SUM_FIXED }, run: ['sleep 0.3'], result: { confidence: 0.5 } },
    { write: { 'src/sum.js': `${SUM_FIXED}// surer\n` }, run: ['sleep 0.3'], result: { confidence: 0.93 } },
  ],
  validator: [{ run: ['sleep 0.3'], result: { score: 0.95 } }],
};

const ONCE = { ...GOOD, validator: TWICE.validator };

describe.skipIf(reason !== null)('a loop on a real Redis', () => {
  let redis: RealRedis;
  let proxy: FaultProxy;
  let bench: LoopBench;
  let direct: Redis;
  beforeEach(async () => {
    const started = await startRedis();
    if (!started) throw new Error('redis-server did not start');
    redis = started;
    proxy = await startFaultProxy(redis);
    bench = await new LoopBench().create();
    Object.assign(bench.env, {
      REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
      REDIS_PASSWORD: ADMIN_PASSWORD,
    });
    direct = new Redis({ port: redis.port, password: ADMIN_PASSWORD, lazyConnect: true });
  });
  afterEach(async () => {
    direct.disconnect();
    const store = storeFile();
    if (store) killIfAlive(store.pid);
    bench.finish();
    await proxy.close();
    await redis.close();
  });
  afterAll(removePrograms);

  const stateFolder = (): string => {
    const home = join(bench.folder, 'state', 'cfn');
    return join(home, readdirSync(home).find((name) => /^[0-9a-f-]{16,}$/.test(name)) ?? '');
  };
  function storeFile(): { readonly pid: number; readonly namespace: string } | null {
    try {
      return JSON.parse(readFileSync(join(stateFolder(), 'store.json'), 'utf8'));
    } catch {
      return null;
    }
  }
  const killIfAlive = (pid: number): void => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  };
  const place = (key: string): string => keyOnServer(storeFile()?.namespace ?? '', 'sum', key);
  const missing = async (iterations: number): Promise<readonly string[]> => {
    const wanted = coordinationKeys('sum', iterations);
    const there = await Promise.all(wanted.map((key) => direct.exists(place(key))));
    return wanted.filter((_key, index) => there[index] === 0);
  };

  it('[SI-030] [SI-034] [DP-111] ends as without, though the server freezes, drops and forgets on its way', async () => {
    let moment = 0;
    const { ended } = await bench.start(bench.runArguments(TWICE), (event) => {
      if (event.type === 'AgentStarted' || event.type === 'AgentExited' || event.type === 'GateChecked')
        moment += 1;
      if (moment === 1) redis.freeze();
      if (moment === 2) redis.thaw();
      if (moment === 3) proxy.blackhole();
      if (moment === 4) proxy.pass();
      if (moment === 5) void direct.flushall();
    });
    const run = await ended;
    redis.thaw();
    expect(run.stderr).not.toContain(ADMIN_PASSWORD);
    expect(run.code).toBe(0);
    expect(last(run, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED', iterations: 2 });
    expect(bench.git('show', 'cfn/sum/result:src/sum.js')).toContain('surer');
    await expect.poll(() => missing(2), { timeout: 10_000 }).toEqual([]);
    const ttls = await Promise.all(coordinationKeys('sum', 2).map((key) => direct.ttl(place(key))));
    for (const ttl of ttls) expect(ttl).toBeGreaterThan(3000);
  });

  it('[DP-111] has its keys again after server, store and orchestrator were lost together', async () => {
    let killed = false;
    const { ended } = await bench.start(bench.runArguments(ONCE), (event, child) => {
      if (killed || event.type !== 'AgentStarted' || event['role'] !== 'validator') return;
      killed = true;
      child.kill('SIGKILL');
    });
    await ended;
    expect(killed).toBe(true);
    const store = storeFile();
    if (!store) throw new Error('there is no store');
    killIfAlive(store.pid);
    await redis.restart();
    const resumed = await bench.cfn('resume', 'sum', '--json');
    expect(resumed.code).toBe(0);
    expect(last(resumed, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED', iterations: 1 });
    expect(storeFile()?.namespace).toBe(store.namespace);
    await expect.poll(() => missing(1), { timeout: 10_000 }).toEqual([]);
  });

  it('[DP-111] that ended while its server hung has its last keys after the next resume', async () => {
    const { ended } = await bench.start(bench.runArguments(ONCE), ({ type }) => {
      if (type === 'ConsensusChecked') redis.freeze();
    });
    const run = await ended;
    redis.thaw();
    expect(last(run, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED' });
    expect(await missing(1)).toContain('swarm:sum:decision');
    expect((await bench.cfn('resume', 'sum', '--json')).code).toBe(0);
    expect(await missing(1)).toEqual([]);
  });
});
