import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Checkpoints } from '../../ports/checkpoints.ts';
import { CHECKPOINT_FILE, createCheckpointLog, type CheckpointLogOptions } from './checkpoint-log.ts';
import { nodeFiles, type DurableFiles } from './durable-files.ts';

let folder: string;
let now = 0;
const open: Checkpoints[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cfn-checkpoints-'));
});
afterEach(async () => {
  for (const log of open.splice(0)) await log.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

function checkpoints(options: Partial<CheckpointLogOptions> = {}): Checkpoints {
  const log = createCheckpointLog({
    folderOf: (taskId) => join(folder, taskId.toLowerCase()),
    clock: { now: () => (now += 1), sleep: () => Promise.resolve() },
    ...options,
  });
  open.push(log);
  return log;
}

const file = (taskId = 't1') => join(folder, taskId, CHECKPOINT_FILE);
const request = (
  payload: string,
  change: { name?: string; agentId?: string | null; taskId?: string } = {},
) => ({
  taskId: 't1',
  name: 'progress',
  agentId: 'a1',
  payload,
  ...change,
});
async function ids(log: Checkpoints, taskId = 't1'): Promise<readonly number[]> {
  const list = await log.list(taskId, {});
  if (!list.ok) throw new Error(list.error);
  return list.value.map(({ id }) => id);
}

describe('the log of checkpoints', () => {
  it('[AF-032] [AF-033] gives back what was saved, byte for byte, by id or the newest that fits', async () => {
    const log = checkpoints();
    const odd = '{"b":1.0, "a":12345678901234567890, "ä\\u0000":"\\ud83d"}';
    expect(await log.save(request(odd))).toMatchObject({
      ok: true,
      value: { id: 1, bytes: Buffer.byteLength(odd) },
    });
    await log.save(request('{"step":2}', { agentId: 'a2' }));
    await log.save(request('[3]', { name: 'plan' }));
    await log.save(request('4', { agentId: null }));
    const payload = async (query: Parameters<Checkpoints['find']>[1]) => {
      const found = await log.find('t1', query);
      return found.ok ? (found.value?.payload ?? null) : found.error;
    };
    expect(await payload({ id: 1 })).toBe(odd);
    expect(await payload({})).toBe('4');
    expect(await payload({ agentId: 'a1' })).toBe('[3]');
    expect(await payload({ agentId: 'a1', name: 'progress' })).toBe(odd);
    expect(await payload({ name: 'none' })).toBe(null);
    expect(await payload({ id: 9 })).toBe(null);
    expect(await log.find('other', {})).toEqual({ ok: true, value: null });
  });

  it('numbers go on after it was opened again, and saves at the same time get one each', async () => {
    const first = checkpoints();
    const saved = await Promise.all(
      Array.from({ length: 20 }, (_, index) => first.save(request(String(index)))),
    );
    expect(new Set(saved.map((one) => (one.ok ? one.value.id : one.error))).size).toBe(20);
    await first.close();
    const second = checkpoints();
    expect(await second.save(request('21'))).toMatchObject({ value: { id: 21 } });
    expect(await ids(second)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
  });

  it('one task never sees those of another, not even where both have one folder', async () => {
    const log = checkpoints();
    await log.save(request('"mine"'));
    await log.save(request('"theirs"', { taskId: 'T1' }));
    expect(await ids(log)).toEqual([1]);
    expect(await ids(log, 'T1')).toEqual([2]);
    expect(await log.find('t1', { id: 2 })).toEqual({ ok: true, value: null });
  });

  it('keeps the newest of each agent, and no more bytes than it may, without giving a number twice', async () => {
    const log = checkpoints({ keptPerAgent: 3, keptBytes: 40 });
    await log.save(request('"plan"', { agentId: 'a2' }));
    for (let step = 2; step <= 7; step += 1) await log.save(request(String(step)));
    expect(await ids(log)).toEqual([1, 4, 5, 6, 7]);
    await log.save(request(JSON.stringify('x'.repeat(36))));
    await log.save(request(JSON.stringify('y'.repeat(36))));
    await log.save(request(JSON.stringify('z'.repeat(36))));
    expect((await ids(log)).at(-1)).toBe(10);
    await log.close();
    expect(await checkpoints({ keptPerAgent: 3, keptBytes: 40 }).save(request('11'))).toMatchObject({
      value: { id: 11 },
    });
  });

  it('cuts back what a crash left half written, and loses nothing before it', async () => {
    const first = checkpoints();
    await first.save(request('1'));
    await first.close();
    appendFileSync(file(), '0badc0de {"seq":2,"epoch":1,"ev');
    const second = checkpoints();
    expect(await ids(second)).toEqual([1]);
    expect(await second.save(request('2'))).toMatchObject({ value: { id: 2 } });
    expect(await ids(second)).toEqual([1, 2]);
  });

  it('tells of damage instead of passing over it', async () => {
    const first = checkpoints();
    for (const step of ['1', '2', '3']) await first.save(request(step));
    await first.close();
    const text = readFileSync(file(), 'utf8');
    writeFileSync(file(), text.replace('"payload":"2"', '"payload":"7"'));
    const second = checkpoints();
    expect(await second.list('t1', {})).toMatchObject({ ok: false, error: /damaged after event 1/ });
    expect(await second.save(request('4'))).toMatchObject({ ok: false, error: /a copy is kept/ });
  });

  it('a full disk is an error, and the next save after it is whole', async () => {
    const disk = { full: false };
    const files: DurableFiles = {
      ...nodeFiles,
      open: async (path) => {
        const real = await nodeFiles.open(path);
        return {
          ...real,
          write: async (bytes, position) =>
            disk.full
              ? real.write(bytes.subarray(0, 5), position).then(() => 0)
              : real.write(bytes, position),
        };
      },
    };
    const log = checkpoints({ files });
    await log.save(request('1'));
    disk.full = true;
    expect(await log.save(request('2'))).toMatchObject({ ok: false, error: /the disk is full/ });
    disk.full = false;
    expect(await log.save(request('3'))).toMatchObject({ value: { id: 2 } });
    expect(await log.find('t1', {})).toMatchObject({ value: { id: 2, payload: '3' } });
  });
});
