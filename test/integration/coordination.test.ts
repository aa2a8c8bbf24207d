import { build } from 'esbuild';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCoordination } from '../../src/adapters/coordination/coordination.ts';
import { holdStoreLease } from '../../src/adapters/coordination/lease.ts';
import { openRespClient } from '../../src/adapters/coordination/resp-client.ts';
import { ensureStore, findStore } from '../../src/adapters/coordination/store-launch.ts';
import { writeTransferPoint } from '../../src/app/transfer-points.ts';
import type { Coordination } from '../../src/ports/coordination.ts';
import { keys } from '../../src/protocol/keys.ts';
import { STORE_FILE, storeFileSchema } from '../../src/protocol/store-file.ts';
import { createHash } from 'node:crypto';

const built = mkdtempSync(join(tmpdir(), 'cfn-store-build-'));
const program = { execPath: process.execPath, args: [join(built, 'store.js')] };
beforeAll(async () => {
  await build({
    entryPoints: ['src/store.ts'],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outdir: built,
  });
});
afterAll(() => rmSync(built, { recursive: true, force: true }));

let folder: string;
const open: Coordination[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cfn-state-'));
});
afterEach(async () => {
  for (const coordination of open.splice(0)) await coordination.dispose();
  const address = await findStore(folder);
  if (address) await goneAfter(() => shutDown(address.adminUrl));
  rmSync(folder, { recursive: true, force: true });
});

const fileOf = () => storeFileSchema.parse(JSON.parse(readFileSync(join(folder, STORE_FILE), 'utf8')));
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

function connect(options: { readonly idleMs?: number; readonly deadlineMs?: number } = {}): Coordination {
  const coordination = createCoordination({ folder, program, ...options });
  open.push(coordination);
  return coordination;
}

async function shutDown(url: string): Promise<void> {
  const client = await openRespClient({ url, deadlineMs: 2000 });
  if (client.ok) await client.value.command(['SHUTDOWN']);
}

/** The store is no child of this process, so its end can only be looked for. */
async function goneAfter(act: () => unknown): Promise<void> {
  const { pid } = fileOf();
  await act();
  const deadline = Date.now() + 10_000;
  while (alive(pid) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(alive(pid)).toBe(false);
}

const value = <T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};

async function leases(url: string): Promise<number> {
  const client = value(await openRespClient({ url, deadlineMs: 1000 }));
  const info = JSON.stringify(value(await client.command(['INFO'])));
  client.close();
  return Number(/cfn_leases:(\d+)/.exec(info)?.[1]);
}

describe('the coordination store of a state folder', () => {
  it('starts on demand, keeps its credentials in a file of its own and serves every method of the port', async () => {
    const coordination = connect();
    const key = keys.context('t1', 'deliverables').name;
    value(await coordination.put(key, '["ä"]', 60));
    expect(value(await coordination.get(key))).toBe('["ä"]');
    expect(value(await coordination.get('context:t1:none'))).toBe(null);
    value(await coordination.push('coord:t1:list', 'a', 60));
    value(await coordination.push('coord:t1:list', 'b', 60));
    expect(value(await coordination.list('coord:t1:list'))).toEqual(['b', 'a']);
    expect(await coordination.push(key, 'x', 60)).toMatchObject({ ok: false, error: { kind: 'rejected' } });
    const file = fileOf();
    const ttl = await openRespClient({
      url: `redis://default:${file.adminPassword}@127.0.0.1:${file.port}`,
      deadlineMs: 1000,
    });
    const seconds = value(await value(ttl).command(['TTL', 'coord:t1:list']));
    expect(seconds).toBeGreaterThan(50);
    value(ttl).close();
  });

  it.skipIf(process.platform === 'win32')('keeps its credentials from other users', async () => {
    value(await connect().get('coord:t1:x'));
    expect(statSync(join(folder, STORE_FILE)).mode & 0o777).toBe(0o600);
  });

  it('[X-09] counts a completion once for each iteration and agent', async () => {
    const coordination = connect();
    const done = { taskId: 't1', iteration: 1, agentId: 'a', result: 'success', ttlSeconds: 60 };
    expect(value(await coordination.complete({ ...done, payload: '{}' }))).toEqual({ first: true });
    expect(value(await coordination.complete(done))).toEqual({ first: false });
    expect(value(await coordination.complete({ ...done, agentId: 'b', result: 'failed' }))).toEqual({
      first: true,
    });
    expect(value(await coordination.complete({ ...done, iteration: 2 }))).toEqual({ first: true });
    expect(value(await coordination.completed('t1', 1))).toEqual(
      new Map([
        ['a', 'success'],
        ['b', 'failed'],
      ]),
    );
    expect(value(await coordination.list(keys.complete('t1').name))).toEqual([
      'a:success',
      'b:failed',
      'a:success',
    ]);
    expect(value(await coordination.list(keys.payload('t1', 'a').name))).toEqual(['{}']);
  });

  it('[X-04] waits for a signal with a deadline, and lets go when it is cancelled', async () => {
    const coordination = connect();
    const key = keys.signal('t1', 'start-loop2').name;
    const never = new AbortController().signal;
    const waiting = coordination.waitSignal(key, 5000, never);
    value(await coordination.push(key, 'go', 60));
    expect(value(await waiting)).toBe('go');
    expect(value(await coordination.waitSignal(key, 30, never))).toBe(null);
    const controller = new AbortController();
    const cancelled = coordination.waitSignal(key, 60_000, controller.signal);
    controller.abort();
    expect(await cancelled).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    value(await coordination.push(key, 'kept', 60));
    expect(value(await coordination.list(key))).toEqual(['kept']);
  });

  it('is one process however many orchestrators come at once', async () => {
    const all = Array.from({ length: 6 }, () => connect());
    await Promise.all(all.map((one, index) => one.put(`coord:t${index}:x`, 'v', 60)));
    for (const index of all.keys()) expect(value(await connect().get(`coord:t${index}:x`))).toBe('v');
  });

  it('keeps address and credentials over a kill, has the put values again and tells that its lists are gone', async () => {
    const coordination = connect();
    const { url } = value(await coordination.credential('t1'));
    expect(value(await coordination.credential('t1')).url).toBe(url);
    value(await coordination.put('coord:t1:x', 'v', 60));
    value(await coordination.push('coord:t1:l', 'v', 60));
    const before = fileOf();
    const restored = new Promise((resolve) => coordination.onRestored(resolve));
    const lost = new Promise((resolve) => coordination.onLost(resolve));
    process.kill(before.pid, 'SIGKILL');
    expect(await lost).toContain('lost');
    expect(await restored).toEqual({ emptied: true });
    expect(fileOf()).toMatchObject({ port: before.port, adminPassword: before.adminPassword });
    expect(fileOf().pid).not.toBe(before.pid);
    expect(value(await coordination.get('coord:t1:x'))).toBe('v');
    expect(value(await coordination.list('coord:t1:l'))).toEqual([]);
    const agent = value(await openRespClient({ url, deadlineMs: 1000 }));
    expect(value(await agent.command(['SET', 'coord:t1:x', 'again']))).toBe('OK');
    expect(await agent.command(['SET', 'coord:t2:x', 'v'])).toMatchObject({ ok: false });
    agent.close();
    await coordination.revoke('t1');
    expect(await openRespClient({ url, deadlineMs: 1000 })).toMatchObject({ ok: false });
    expect(value(await coordination.credential('t1')).url).not.toBe(url);
  });

  it('hands out higher fencing numbers after a restart than before', async () => {
    const fence = async (resource: string): Promise<number> => {
      const address = value(
        await ensureStore({ folder, program, deadlineMs: 5000, signal: new AbortController().signal }),
      );
      const client = value(await openRespClient({ url: address.adminUrl, deadlineMs: 1000 }));
      const number = value(await client.command(['CFN.LOCK', resource, 'token-of-the-test', '60000']));
      client.close();
      return Number(number);
    };
    const first = await fence('r1');
    expect(await fence('r2')).toBeGreaterThan(first);
    const second = await fence('r3');
    await goneAfter(() => process.kill(fileOf().pid, 'SIGKILL'));
    expect(await fence('r1')).toBeGreaterThan(second);
  });

  it('ends when nobody uses it any more, and not before', async () => {
    const coordination = connect({ idleMs: 150 });
    const { url } = value(await coordination.credential('t1'));
    const { pid } = fileOf();
    const lease = holdStoreLease(url, 'runner a');
    await expect.poll(() => leases(url)).toBe(2);
    await coordination.dispose();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(alive(pid)).toBe(true);
    await goneAfter(() => lease.dispose());
  });

  it('that hangs makes calls fail within their deadline instead of waiting', async () => {
    const coordination = connect({ deadlineMs: 300 });
    value(await coordination.put('coord:t1:x', 'v', 60));
    const { pid } = fileOf();
    process.kill(pid, 'SIGSTOP');
    const start = performance.now();
    expect(await coordination.get('coord:t1:x')).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    expect(await coordination.get('coord:t1:x')).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    expect(performance.now() - start).toBeLessThan(2000);
    const restored = new Promise((resolve) => coordination.onRestored(resolve));
    process.kill(pid, 'SIGCONT');
    expect(await restored).toEqual({ emptied: false });
    expect(value(await coordination.get('coord:t1:x'))).toBe('v');
  });

  it('that can not be started is an answer, not an exception', async () => {
    const coordination = createCoordination({
      folder,
      program: { execPath: process.execPath, args: ['/nowhere/store.js'] },
    });
    const put = await coordination.put('coord:t1:x', 'v', 60);
    expect(put).toMatchObject({ ok: false, error: { kind: 'unavailable' } });
    await coordination.dispose();
  });

  it('[FL-061] verifies a hand-over by reading it back', async () => {
    const coordination = connect();
    const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
    const payload = {
      taskId: 'task-001',
      description: 'Implement authentication',
      requirements: ['JWT'],
      priority: 'high',
      iteration: 1,
    };
    const receipt = value(
      await writeTransferPoint(coordination, hash, { name: 'assignment', taskId: 'task-001', payload }),
    );
    expect(receipt).toMatchObject({
      point: 1,
      key: 'task:task-001:assignment',
      verified: true,
      reason: null,
    });
    const stored = value(await coordination.get('task:task-001:assignment')) ?? '';
    expect(hash(stored)).toBe(receipt.sha256);
    expect(JSON.parse(stored)).toEqual(payload);
    expect(value(await coordination.get('task:task-001:assignment:1'))).toBe(stored);
  });
});
