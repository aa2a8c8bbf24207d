import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { err, ok } from '../base/result.ts';
import type { Coordination } from '../ports/coordination.ts';
import { writeTransferPoint } from './transfer-points.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const gate = { passed: true, threshold: 0.85, actualConfidence: 0.92, iteration: 1 };

/** Only the two methods that a hand-over uses; `spoil` changes what is read, `fail` is the answer to a write. */
function memory(options: { spoil?: (text: string, reads: number) => string | null; down?: boolean } = {}) {
  const stored = new Map<string, string>();
  let reads = 0;
  let writes = 0;
  const coordination = {
    put: (key: string, value: string) => {
      writes++;
      if (options.down) return Promise.resolve(err({ kind: 'unavailable', message: 'gone' } as const));
      stored.set(key, value);
      return Promise.resolve(ok(undefined));
    },
    get: (key: string) => {
      const text = stored.get(key) ?? null;
      reads++;
      return Promise.resolve(ok(text === null || !options.spoil ? text : options.spoil(text, reads)));
    },
  } as Partial<Coordination> as Coordination;
  return { coordination, stored, writes: () => writes };
}

describe('writing a hand-over', () => {
  it('[FL-065] stores it, reads it back and keeps the copy of its iteration', async () => {
    const { coordination, stored } = memory();
    const receipt = await writeTransferPoint(coordination, hash, {
      name: 'gate',
      taskId: 't',
      payload: gate,
    });
    const text = JSON.stringify(gate);
    expect(receipt).toEqual(
      ok({ point: 5, key: 'gate:t', sha256: hash(text), verified: true, reason: null, text }),
    );
    expect(Array.from(stored)).toEqual([
      ['gate:t', text],
      ['gate:t:1', text],
    ]);
  });

  it('is not verified when other bytes come back, and tries a bounded number of times', async () => {
    const { coordination, writes, stored } = memory({ spoil: (text) => `${text} ` });
    const receipt = await writeTransferPoint(coordination, hash, {
      name: 'gate',
      taskId: 't',
      payload: gate,
    });
    expect(receipt).toMatchObject({ ok: true, value: { verified: false, reason: /other bytes/ } });
    expect(writes()).toBe(3);
    expect(stored.has('gate:t:1')).toBe(false);
  });

  it('is verified when a later try succeeds', async () => {
    const { coordination } = memory({ spoil: (text, reads) => (reads === 1 ? null : text) });
    const receipt = await writeTransferPoint(coordination, hash, {
      name: 'gate',
      taskId: 't',
      payload: gate,
    });
    expect(receipt).toMatchObject({ ok: true, value: { verified: true, reason: null } });
  });

  it('with the store down gives the reason and goes on', async () => {
    const { coordination } = memory({ down: true });
    const receipt = await writeTransferPoint(coordination, hash, {
      name: 'gate',
      taskId: 't',
      payload: gate,
    });
    expect(receipt).toMatchObject({ ok: true, value: { verified: false, reason: /unavailable.*gone/ } });
  });

  it('refuses a payload that the next step could not use', async () => {
    const { coordination, writes } = memory();
    const payload = { ...gate, actualConfidence: 10 };
    const receipt = await writeTransferPoint(coordination, hash, { name: 'gate', taskId: 't', payload });
    expect(receipt).toMatchObject({ ok: false, error: /gate\.actualConfidence/ });
    expect(writes()).toBe(0);
  });

  it('[X-12] refuses a TTL shorter than the run', async () => {
    const { coordination } = memory();
    const request = {
      name: 'gate',
      taskId: 't',
      payload: gate,
      ttlSeconds: 10,
      deadlineSeconds: 60,
    } as const;
    expect(await writeTransferPoint(coordination, hash, request)).toMatchObject({ ok: false });
  });
});
