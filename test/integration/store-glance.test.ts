import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openRunningStore } from '../../src/adapters/coordination/open-store.ts';
import { openRespClient } from '../../src/adapters/coordination/resp-client.ts';
import { createHandChanges } from '../../src/adapters/state/hand-changes.ts';
import { createStoreGlance, type StoreGlanceDeps } from '../../src/app/keys/store-glance.ts';
import { systemClock } from '../../src/base/clock.ts';
import { findProgram, startFront, startRedis, startTestStore } from './store-support.ts';

const folder = mkdtempSync(join(tmpdir(), 'cfn-glance-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const changes = createHandChanges(folder);
const glance = (connect: StoreGlanceDeps['connect']) =>
  createStoreGlance({ connect, changes, clock: systemClock });
const open = (url: string) => (signal?: AbortSignal) =>
  openRespClient({ url, deadlineMs: 5000, bytes: true, signal });
const signal = () => AbortSignal.timeout(20_000);

it('starts no store where none runs, and still tells what was changed by hand', async () => {
  await changes.append({ at: 1, action: 'deleted', key: 'coord:t:x', detail: '' });
  const summary = await glance(openRunningStore(folder)).look(signal());
  expect(summary).toMatchObject({ state: { kind: 'ended' }, size: null, changes: { count: 1 } });
  expect(await openRunningStore(folder)(signal())).toEqual({ ok: true, value: null });
});

it('tells keys, locks and who waits of a store that runs', async () => {
  const store = await startTestStore();
  try {
    const [admin, agent] = await Promise.all([open(store.adminUrl)(), open(store.taskUrl('t1'))()]);
    if (!admin.ok || !agent.ok) throw new Error('the store does not answer');
    await admin.value.command(['SET', 'lock:port:3000', 'default:token', 'PX', '60000']);
    await agent.value.command(['CLIENT', 'SETNAME', 'backend-1']);
    void agent.value.command(['BLPOP', 'coord:t1:signal:go', '30'], { deadlineMs: 60_000 });
    const looking = glance(open(store.adminUrl));
    await expect.poll(async () => (await looking.look(signal())).waits.length).toBe(1);
    expect(await looking.look(signal())).toMatchObject({
      state: { kind: 'up', behind: 'embedded' },
      size: { keys: 1, exact: true },
      waits: [{ name: 'backend-1', taskId: 't1', keys: ['coord:t1:signal:go'] }],
      locks: [{ name: 'lock:port:3000', facts: { owner: 'orchestrator' } }],
    });
    agent.value.close();
    admin.value.close();
  } finally {
    await store.close();
  }
});

it.runIf(findProgram('redis-server'))('names the server that does not answer', async () => {
  const redis = await startRedis();
  if (!redis) throw new Error('redis-server did not start');
  const front = await startFront({ url: `redis://127.0.0.1:${redis.port}` });
  try {
    const looking = glance(open(front.adminUrl));
    expect((await looking.look(signal())).state.kind).toBe('up');
    await redis.close();
    await expect
      .poll(async () => (await looking.look(signal())).state.kind, { timeout: 20_000 })
      .toBe('down');
    expect(await looking.look(signal())).toMatchObject({
      state: { behind: `redis://127.0.0.1:${redis.port}` },
      size: null,
    });
  } finally {
    await front.close();
    await redis.close();
  }
});
