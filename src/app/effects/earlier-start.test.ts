import { describe, expect, it } from 'vitest';
import type { AttemptSpec } from '../../protocol/attempt.ts';
import type { LedgerEntry } from '../../ports/journal.ts';
import type { LoopScope } from '../loop-deps.ts';
import { earlierStart } from './earlier-start.ts';

const spec = { runToken: 'token', worktree: '/w' } as AttemptSpec;

function scope(found: {
  readonly spec: boolean;
  readonly started: boolean;
  readonly ledger: readonly string[];
}) {
  const entries = found.ledger.map((runToken): LedgerEntry => ({
    kind: 'attempt',
    id: 'a',
    taskId: 't',
    folder: '/f',
    runToken,
  }));
  return {
    config: { taskId: 't' },
    folders: {
      spec: () => Promise.resolve(found.spec ? spec : null),
      started: () => Promise.resolve(found.started),
    },
    ledger: { entries: () => Promise.resolve(entries) },
  } as unknown as LoopScope;
}

describe('an attempt that an earlier process started', () => {
  it('is known by the files of its runner', async () => {
    expect(await earlierStart(scope({ spec: true, started: true, ledger: [] }), '/f')).toBe(spec);
  });

  it('is known by the ledger before its runner wrote anything, so it is not started twice', async () => {
    expect(await earlierStart(scope({ spec: true, started: false, ledger: ['token'] }), '/f')).toBe(spec);
  });

  it('is not one whose files were written and that never reached the ledger', async () => {
    expect(await earlierStart(scope({ spec: true, started: false, ledger: ['other'] }), '/f')).toBeNull();
    expect(await earlierStart(scope({ spec: false, started: false, ledger: ['token'] }), '/f')).toBeNull();
  });
});
