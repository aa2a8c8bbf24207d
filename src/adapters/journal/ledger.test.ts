import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../base/logger.ts';
import type { LedgerEntry } from '../../ports/journal.ts';
import { createLedger } from './ledger.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-ledger-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ledger = () => createLedger({ stateFolder: folder, logger: silentLogger });
const worktree = (id: string, taskId = 't1'): LedgerEntry => ({
  kind: 'worktree',
  id,
  taskId,
  path: `/tmp/${id}`,
});

describe('the ledger', () => {
  it('is shared: what one process records, another one reads and forgets', async () => {
    const ids = Array.from({ length: 50 }, (_, n) => `worktree:../odd "${n}"/id`);
    await Promise.all(ids.map((id) => ledger().record(worktree(id, id.includes('4') ? 't4' : 't1'))));
    const entries = await ledger().entries();
    expect(entries.map((entry) => entry.id).sort()).toEqual([...ids].sort());
    expect(await ledger().entries('t4')).toHaveLength(14);
    await Promise.all(ids.map((id) => ledger().forget(id)));
    await ledger().forget(ids[0]!);
    expect(await ledger().entries()).toEqual([]);
  });

  it('replaces an entry that is recorded again', async () => {
    await ledger().record(worktree('a'));
    await ledger().record({ ...worktree('a'), kind: 'checkout', path: '/elsewhere' });
    expect(await ledger().entries()).toEqual([
      { kind: 'checkout', id: 'a', taskId: 't1', path: '/elsewhere' },
    ]);
  });

  it('says what it can not read and leaves it alone', async () => {
    await ledger().record(worktree('a'));
    await writeFile(join(folder, 'ledger', 'future.json'), '{"kind":"container","id":"b"}');
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
    expect(await createLedger({ stateFolder: folder, logger }).entries()).toHaveLength(1);
    expect(warnings).toEqual([expect.stringContaining('future.json')]);
    expect(await readdir(join(folder, 'ledger'))).toContain('future.json');
  });
});
