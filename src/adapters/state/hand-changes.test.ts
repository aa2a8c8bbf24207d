import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createHandChanges } from './hand-changes.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function stateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cfn-hand-'));
  folders.push(folder);
  return folder;
}

const change = (at: number) => ({ at, action: 'deleted', key: `k${at}`, detail: '' });

it('keeps the changes by hand, the newest at the end, for their owner alone', async () => {
  const changes = createHandChanges(stateFolder());
  expect(await changes.recent(3)).toEqual({ changes: [], count: 0 });
  for (const at of [1, 2, 3, 4])
    expect(await changes.append(change(at))).toEqual({ ok: true, value: undefined });
  expect(await changes.recent(2)).toEqual({ changes: [change(3), change(4)], count: 4 });
  expect(statSync(changes.file).mode & 0o077).toBe(0);
});

it('passes over a line that was cut off', async () => {
  const changes = createHandChanges(stateFolder());
  await changes.append(change(1));
  appendFileSync(changes.file, '{"at":2,"act\n');
  await changes.append(change(3));
  expect((await changes.recent(9)).changes).toEqual([change(1), change(3)]);
});

it('says when the record cannot be written', async () => {
  const result = await createHandChanges(join(stateFolder(), 'missing')).append(change(1));
  expect(!result.ok && result.error).toContain('changes-by-hand.ndjson could not be written');
});
