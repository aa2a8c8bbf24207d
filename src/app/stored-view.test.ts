import { describe, expect, it } from 'vitest';
import { silentLogger } from '../base/logger.ts';
import { ok } from '../base/result.ts';
import { implementer, owner, testConfig, TestLoop, validator } from '../domain/loop/test-loop.ts';
import type { JournalEntry, LoopStore } from '../ports/journal.ts';
import { storedView, VIEW_VERSION } from './stored-view.ts';

function world(finished: boolean) {
  const loop = new TestLoop();
  loop.send({ kind: 'start', config: testConfig });
  if (finished) {
    loop.run({
      agent: (_, role) =>
        role === 'implementer'
          ? implementer(0.93)
          : role === 'validator'
            ? validator(0.95)
            : owner('PROCEED'),
    });
  }
  const entries: JournalEntry[] = loop.events.map((event, at) => ({ seq: at + 1, event }));
  const kept = new Map<string, unknown>();
  let reads = 0;
  const store = {
    exists: () => Promise.resolve(true),
    read: () => {
      reads += 1;
      return Promise.resolve(ok(entries));
    },
  } as Partial<LoopStore> as LoopStore;
  const files = {
    read: (_taskId: string, name: string) => Promise.resolve(kept.get(name) ?? null),
    write: (_taskId: string, name: string, value: unknown) => Promise.resolve(void kept.set(name, value)),
    remove: () => Promise.resolve(),
  };
  return { deps: { store, files, logger: silentLogger }, kept, reads: () => reads };
}

describe('the view of a stored loop', () => {
  it('of a finished one is read from its journal once', async () => {
    const { deps, kept, reads } = world(true);
    const first = await storedView(deps, 'task-001');
    expect(first).toMatchObject({ ok: true, value: { outcome: 'PROCEED' } });
    expect(await storedView(deps, 'task-001')).toEqual(first);
    expect(reads()).toBe(1);
    kept.set('view', { version: VIEW_VERSION + 1, view: {} });
    expect(await storedView(deps, 'task-001')).toEqual(first);
    expect(reads()).toBe(2);
  });

  it('of one in progress is read each time', async () => {
    const { deps, kept, reads } = world(false);
    await storedView(deps, 'task-001');
    await storedView(deps, 'task-001');
    expect(reads()).toBe(2);
    expect(kept.size).toBe(0);
  });

  it('that cannot be kept is given all the same', async () => {
    const { deps } = world(true);
    const files = { ...deps.files, write: () => Promise.reject(new Error('the disk is full')) };
    expect(await storedView({ ...deps, files }, 'task-001')).toMatchObject({ ok: true });
  });

  it('has these fields in this version: when this fails, raise VIEW_VERSION and run it with -u', async () => {
    const view = await storedView(world(true).deps, 'task-001');
    if (!view.ok) throw new Error(view.error.message);
    const shape = {
      view: Object.keys(view.value).sort(),
      agent: Object.keys(view.value.agents[0] ?? {}).sort(),
    };
    expect({ version: VIEW_VERSION, ...shape }).toMatchInlineSnapshot(`
      {
        "agent": [
          "added",
          "attempt",
          "branch",
          "care",
          "confidence",
          "costUsd",
          "decision",
          "defaulted",
          "endedAt",
          "ending",
          "facts",
          "files",
          "folder",
          "id",
          "iteration",
          "lingered",
          "model",
          "pid",
          "preset",
          "provider",
          "questions",
          "removed",
          "role",
          "score",
          "signals",
          "startedAt",
          "state",
          "status",
          "statusSince",
          "summary",
          "usage",
          "worktree",
        ],
        "version": 18,
        "view": [
          "agents",
          "archived",
          "assumedUsd",
          "baseCommit",
          "branch",
          "breakpoints",
          "budgetUsd",
          "budgetWarning",
          "commit",
          "conflict",
          "consensus",
          "continuedBy",
          "continues",
          "costIncomplete",
          "costUsd",
          "decidedBy",
          "decision",
          "deferred",
          "description",
          "endedAt",
          "feedback",
          "feedbackItems",
          "gate",
          "headline",
          "held",
          "home",
          "iteration",
          "iterations",
          "maxIterations",
          "mode",
          "nextFeedback",
          "outcome",
          "paused",
          "queuedSince",
          "recommendation",
          "running",
          "startedAt",
          "step",
          "stopReason",
          "strategy",
          "taskId",
          "thresholds",
          "title",
          "tokens",
          "transferPoints",
          "waiting",
        ],
      }
    `);
  });
});
